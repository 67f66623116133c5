"""Draw the ablations of a headline."""

from pathlib import Path

from chemtag.base.tables import read_table, write_table
from chemtag.paper.figures.ablation import ablation_data, draw_ablations
from chemtag.paper.figures.style import counted, paper_style, save_figure


def plot_ablations(
    ablations: Path, label: str, pdf: Path, png: Path, drawn: Path, style: Path
) -> None:
    """Draw RF40 of each variant and its paired difference to the headline."""
    table = read_table(ablations, "ablations")
    data = ablation_data(table)
    number = int(data["n_realisations"].max())
    source = counted(number, "simulated survey") if number > 1 else "one sample"
    source += f", {table.attrs['n_clusters']} clusters, {table.attrs['n_stars']} stars"
    write_table(data, drawn, "ablations", table.attrs)
    with paper_style(style):
        save_figure(draw_ablations(data, label, source, table.attrs["setting"]), pdf, png)


if __name__ == "__main__":
    from chemtag.base.log import log_to

    with log_to(snakemake.log[0]):
        plot_ablations(
            ablations=Path(snakemake.input.ablations),
            label=snakemake.params.label,
            pdf=Path(snakemake.output.pdf),
            png=Path(snakemake.output.png),
            drawn=Path(snakemake.output.drawn),
            style=Path(snakemake.input.style),
        )
