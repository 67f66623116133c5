"""Draw the best match of each cluster in the plane of purity and completeness."""

from pathlib import Path

from chemtag.base.tables import read_table, write_table
from chemtag.paper.figures.purity_completeness import (
    draw_purity_completeness,
    purity_completeness_data,
)
from chemtag.paper.figures.style import paper_style, save_figure


def plot_purity_completeness(
    clusters: Path,
    label: str,
    pdf: Path,
    png: Path,
    drawn: Path,
    style: Path,
) -> None:
    """Draw the eligible clusters of T1."""
    table = read_table(clusters, "table_clusters")
    data = purity_completeness_data(table)
    write_table(data, drawn, "figure_purity_completeness")
    with paper_style(style):
        figure = draw_purity_completeness(data, table, label)
        save_figure(figure, pdf, png)


if __name__ == "__main__":
    from chemtag.base.log import log_to

    with log_to(snakemake.log[0]):
        plot_purity_completeness(
            clusters=Path(snakemake.input.clusters),
            label=snakemake.params.label,
            pdf=Path(snakemake.output.pdf),
            png=Path(snakemake.output.png),
            drawn=Path(snakemake.output.drawn),
            style=Path(snakemake.input.style),
        )
