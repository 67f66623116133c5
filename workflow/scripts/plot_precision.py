"""Draw what precision, how many elements and how little field recovery takes."""

from pathlib import Path

from chemtag.base.tables import read_table, write_table
from chemtag.paper.figures.forecast import draw_precision, precision_data
from chemtag.paper.figures.style import paper_style, save_figure


def plot_precision(forecast: Path, pdf: Path, png: Path, drawn: Path, style: Path) -> None:
    """Draw RF40 over errors and elements for each number of field stars."""
    table = read_table(forecast, "forecast")
    data = precision_data(table)
    write_table(data, drawn, "forecast", table.attrs)
    with paper_style(style):
        save_figure(draw_precision(data, table.attrs["recipe"]), pdf, png)


if __name__ == "__main__":
    from chemtag.base.log import log_to

    with log_to(snakemake.log[0]):
        plot_precision(
            forecast=Path(snakemake.input.forecast),
            pdf=Path(snakemake.output.pdf),
            png=Path(snakemake.output.png),
            drawn=Path(snakemake.output.drawn),
            style=Path(snakemake.input.style),
        )
