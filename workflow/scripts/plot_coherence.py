"""Draw the scatter within clusters beside errors and the scatter between them."""

from pathlib import Path

from chemtag.base.tables import read_table, write_table
from chemtag.paper.figures.coherence import coherence_data, draw_coherence
from chemtag.paper.figures.style import element_order, paper_style, save_figure, solar_scale_words


def plot_coherence(
    coherence: Path,
    elements: Path,
    element_keys: list[str],
    label: str,
    pdf: Path,
    png: Path,
    drawn: Path,
    style: Path,
) -> None:
    """Draw the statistics of the sample's clusters, elements in the order of the config."""
    summary = read_table(elements, "elements")
    scale = solar_scale_words(summary.attrs)
    order = element_order(list(summary["element"]), element_keys)
    data = coherence_data(read_table(coherence, "coherence"), summary)
    write_table(data, drawn, "figure_coherence", {"solar_scale": scale})
    with paper_style(style):
        save_figure(draw_coherence(data, order, label, scale), pdf, png)


if __name__ == "__main__":
    from chemtag.base.log import log_to

    with log_to(snakemake.log[0]):
        plot_coherence(
            coherence=Path(snakemake.input.coherence),
            elements=Path(snakemake.input.elements),
            element_keys=snakemake.params.element_keys,
            label=snakemake.params.label,
            pdf=Path(snakemake.output.pdf),
            png=Path(snakemake.output.png),
            drawn=Path(snakemake.output.drawn),
            style=Path(snakemake.input.style),
        )
