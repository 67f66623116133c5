"""Draw how recovery falls with the number of field stars in simulated surveys."""

from pathlib import Path

from chemtag.base.tables import read_table, write_table
from chemtag.paper.figures.forecast import contamination_data, draw_contamination
from chemtag.paper.figures.style import paper_style, save_figure


def plot_contamination(forecast: Path, pdf: Path, png: Path, drawn: Path, style: Path) -> None:
    """Draw RF40 of bound, oracle and headline against the number of field stars."""
    table = read_table(forecast, "forecast")
    data = contamination_data(table, table.attrs["n_elements"])
    write_table(data, drawn, "forecast", table.attrs)
    title = f"Recipe {table.attrs['recipe']}: {{}} simulated surveys"
    with paper_style(style):
        save_figure(draw_contamination(data, title), pdf, png)


if __name__ == "__main__":
    from chemtag.base.log import log_to

    with log_to(snakemake.log[0]):
        plot_contamination(
            forecast=Path(snakemake.input.forecast),
            pdf=Path(snakemake.output.pdf),
            png=Path(snakemake.output.png),
            drawn=Path(snakemake.output.drawn),
            style=Path(snakemake.input.style),
        )
