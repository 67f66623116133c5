"""Draw the scores of each sample beside all nulls."""

from pathlib import Path

from chemtag.base.tables import read_table, write_table
from chemtag.paper.figures.nulls import draw_nulls, nulls_data
from chemtag.paper.figures.style import paper_style, save_figure


def plot_nulls(
    nulls: list[Path], labels: dict[str, str], pdf: Path, png: Path, drawn: Path, style: Path
) -> None:
    """Draw one row of panels a sample, one column a score."""
    tables = {s: read_table(p, "nulls") for s, p in zip(labels, nulls, strict=True)}
    data = nulls_data(tables)
    write_table(data, drawn, "figure_nulls")
    with paper_style(style):
        save_figure(draw_nulls(data, labels), pdf, png)


if __name__ == "__main__":
    from chemtag.base.log import log_to

    with log_to(snakemake.log[0]):
        plot_nulls(
            nulls=[Path(p) for p in snakemake.input.nulls],
            labels=snakemake.params.labels,
            pdf=Path(snakemake.output.pdf),
            png=Path(snakemake.output.png),
            drawn=Path(snakemake.output.drawn),
            style=Path(snakemake.input.style),
        )
