"""Draw in how many settings of the grid each cluster is recovered."""

from pathlib import Path

from chemtag.base.tables import read_table, write_table
from chemtag.paper.figures.settings import draw_settings
from chemtag.paper.figures.style import paper_style, save_figure


def plot_settings(
    table: Path, label: str, spaces: list[str], pdf: Path, png: Path, drawn: Path, style: Path
) -> None:
    """Draw T4, a panel for each of the `spaces`."""
    data = read_table(table, "table_settings")
    write_table(data, drawn, "table_settings")
    with paper_style(style):
        save_figure(draw_settings(data, label, spaces), pdf, png)


if __name__ == "__main__":
    from chemtag.base.log import log_to

    with log_to(snakemake.log[0]):
        plot_settings(
            table=Path(snakemake.input.table),
            label=snakemake.params.label,
            spaces=snakemake.params.spaces,
            pdf=Path(snakemake.output.pdf),
            png=Path(snakemake.output.png),
            drawn=Path(snakemake.output.drawn),
            style=Path(snakemake.input.style),
        )
