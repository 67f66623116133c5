"""Draw the separations of pairs of stars, within and between clusters and in the field."""

from pathlib import Path

from chemtag.base.tables import read_table, write_table
from chemtag.paper.figures.limits import draw_separations
from chemtag.paper.figures.style import paper_style, save_figure


def plot_doppelgangers(
    doppelgangers: Path,
    separations: Path,
    label: str,
    space: str,
    scale: str,
    pdf: Path,
    png: Path,
    drawn: Path,
    style: Path,
) -> None:
    """Draw histograms of distance and chi2, with the doppelganger rates in the legend."""
    bins, rates = read_table(separations, "pair_separations"), read_table(doppelgangers)
    write_table(bins, drawn, "pair_separations")
    unit = "dex" if scale == "raw" else ""
    with paper_style(style):
        save_figure(draw_separations(bins, rates, label, space, unit), pdf, png)


if __name__ == "__main__":
    from chemtag.base.log import log_to

    with log_to(snakemake.log[0]):
        plot_doppelgangers(
            doppelgangers=Path(snakemake.input.doppelgangers[0]),
            separations=Path(snakemake.input.separations[0]),
            label=snakemake.params.label,
            space=snakemake.params.space,
            scale=snakemake.params.space_block["scale"],
            pdf=Path(snakemake.output.pdf),
            png=Path(snakemake.output.png),
            drawn=Path(snakemake.output.drawn),
            style=Path(snakemake.input.style),
        )
