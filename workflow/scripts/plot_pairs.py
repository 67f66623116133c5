"""Draw pair precision against pair recall over the settings of each sample."""

from pathlib import Path

from chemtag.base.tables import read_table, write_table
from chemtag.paper.figures.pairs import draw_pairs, pairs_data
from chemtag.paper.figures.style import paper_style, save_figure


def plot_pairs(
    scores: list[Path],
    headlines: dict[str, str],
    labels: dict[str, str],
    pdf: Path,
    png: Path,
    drawn: Path,
    style: Path,
) -> None:
    """Draw one panel a sample, in the space of its headline."""
    tables = {s: read_table(p, "scores") for s, p in zip(labels, scores, strict=True)}
    data = pairs_data(tables, headlines)
    write_table(data, drawn, "figure_pairs")
    with paper_style(style):
        save_figure(draw_pairs(data, labels), pdf, png)


if __name__ == "__main__":
    from chemtag.base.log import log_to

    with log_to(snakemake.log[0]):
        plot_pairs(
            scores=[Path(p) for p in snakemake.input.scores],
            headlines=snakemake.params.headlines,
            labels=snakemake.params.labels,
            pdf=Path(snakemake.output.pdf),
            png=Path(snakemake.output.png),
            drawn=Path(snakemake.output.drawn),
            style=Path(snakemake.input.style),
        )
