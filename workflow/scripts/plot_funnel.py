"""Draw the stars left after each cut of a sample."""

from pathlib import Path

from chemtag.base.tables import read_table, write_table
from chemtag.paper.figures.funnel import draw_funnel
from chemtag.paper.figures.style import paper_style, save_figure


def plot_funnel(
    funnel: Path,
    label: str,
    pdf: Path,
    png: Path,
    drawn: Path,
    style: Path,
) -> None:
    """Draw the funnel table of the sample."""
    data = read_table(funnel, "funnel")
    write_table(data, drawn, "figure_funnel")
    with paper_style(style):
        save_figure(draw_funnel(data, label), pdf, png)


if __name__ == "__main__":
    from chemtag.base.log import log_to

    with log_to(snakemake.log[0]):
        plot_funnel(
            funnel=Path(snakemake.input.funnel),
            label=snakemake.params.label,
            pdf=Path(snakemake.output.pdf),
            png=Path(snakemake.output.png),
            drawn=Path(snakemake.output.drawn),
            style=Path(snakemake.input.style),
        )
