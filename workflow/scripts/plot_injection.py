"""Draw how many published clusters are found again among the field stars of a sample."""

from pathlib import Path

from chemtag.base.tables import read_table, write_table
from chemtag.paper.figures.forecast import contamination_data, draw_contamination
from chemtag.paper.figures.style import paper_style, save_figure


def plot_injection(
    injection: Path, label: str, pdf: Path, png: Path, drawn: Path, style: Path
) -> None:
    """Draw RF40 of oracle and headline against the number of field stars."""
    table = read_table(injection, "forecast")
    data = contamination_data(table, table.attrs["n_elements"])
    write_table(data, drawn, "forecast", table.attrs)
    with paper_style(style):
        title = f"{label}: published clusters injected, {{}} times"
        save_figure(draw_contamination(data, title), pdf, png)


if __name__ == "__main__":
    from chemtag.base.log import log_to

    with log_to(snakemake.log[0]):
        plot_injection(
            injection=Path(snakemake.input.injection),
            label=snakemake.params.label,
            pdf=Path(snakemake.output.pdf),
            png=Path(snakemake.output.png),
            drawn=Path(snakemake.output.drawn),
            style=Path(snakemake.input.style),
        )
