"""Draw what a sample holds: sky, Kiel diagram and abundance plane."""

from pathlib import Path

from chemtag.base.tables import read_table, write_table
from chemtag.paper.figures.overview import draw_overview, ordinate_of, overview_data
from chemtag.paper.figures.style import element_order, paper_style, save_figure, solar_scale_words
from chemtag.paper.tables import clusters_of


def plot_overview(
    abundances: Path,
    truth: Path,
    element_keys: list[str],
    label: str,
    pdf: Path,
    png: Path,
    drawn: Path,
    style: Path,
) -> None:
    """Draw the stars of the sample, members by symbol and colour of their cluster."""
    stars = read_table(abundances, "abundances")
    columns = [c for key in element_keys for c in (f"{key}_fe", f"{key}_h") if c in stars]
    ordinate = ordinate_of(element_order(columns, element_keys))
    data = overview_data(stars, clusters_of(read_table(truth)), ordinate)
    scale = solar_scale_words(stars.attrs)
    write_table(data, drawn, "figure_overview", {"ratio": ordinate, "solar_scale": scale})
    with paper_style(style):
        save_figure(draw_overview(data, ordinate, label, scale), pdf, png)


if __name__ == "__main__":
    from chemtag.base.log import log_to

    with log_to(snakemake.log[0]):
        plot_overview(
            abundances=Path(snakemake.input.abundances),
            truth=Path(snakemake.input.truth[0]),
            element_keys=snakemake.params.element_keys,
            label=snakemake.params.label,
            pdf=Path(snakemake.output.pdf),
            png=Path(snakemake.output.png),
            drawn=Path(snakemake.output.drawn),
            style=Path(snakemake.input.style),
        )
