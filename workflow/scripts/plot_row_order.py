"""Draw how far the groups of the package hdbscan depend on the order of the rows."""

from pathlib import Path

from chemtag.base.tables import read_table, write_table
from chemtag.paper.figures.row_order import draw_row_order, row_order_data
from chemtag.paper.figures.style import paper_style, save_figure


def plot_row_order(
    row_order: Path, label: str, pdf: Path, png: Path, drawn: Path, style: Path
) -> None:
    """Draw stars changed, agreement and number of groups of each permutation."""
    data = row_order_data(read_table(row_order, "row_order"))
    write_table(data, drawn, "figure_row_order")
    with paper_style(style):
        save_figure(draw_row_order(data, label), pdf, png)


if __name__ == "__main__":
    from chemtag.base.log import log_to

    with log_to(snakemake.log[0]):
        plot_row_order(
            row_order=Path(snakemake.input.row_order[0]),
            label=snakemake.params.label,
            pdf=Path(snakemake.output.pdf),
            png=Path(snakemake.output.png),
            drawn=Path(snakemake.output.drawn),
            style=Path(snakemake.input.style),
        )
