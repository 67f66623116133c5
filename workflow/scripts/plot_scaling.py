"""Draw how the time of the clustering algorithms grows with the number of stars."""

from pathlib import Path

from chemtag.base.tables import read_table, write_table
from chemtag.paper.figures.compare import draw_scaling, scaling_data
from chemtag.paper.figures.style import paper_style, save_figure


def plot_scaling(
    timings: Path, scaling: Path, label: str, pdf: Path, png: Path, drawn: Path, style: Path
) -> None:
    """Draw times beside exponents."""
    fits = read_table(scaling, "scaling")
    data = scaling_data(read_table(timings, "timings"), fits)
    write_table(data, drawn, "figure_scaling")
    labels = dict(zip(fits["algorithm"], fits["label"], strict=True))
    with paper_style(style):
        save_figure(draw_scaling(data, labels, label), pdf, png)


if __name__ == "__main__":
    from chemtag.base.log import log_to

    with log_to(snakemake.log[0]):
        plot_scaling(
            timings=Path(snakemake.input.timings),
            scaling=Path(snakemake.input.scaling),
            label=snakemake.params.label,
            pdf=Path(snakemake.output.pdf),
            png=Path(snakemake.output.png),
            drawn=Path(snakemake.output.drawn),
            style=Path(snakemake.input.style),
        )
