"""Draw what tagging finds of each sample beside what tuning and told labels would find."""

from pathlib import Path

from chemtag.base.tables import read_table, write_table
from chemtag.paper.figures.limits import draw_limits, limits_data
from chemtag.paper.figures.style import paper_style, save_figure


def plot_limits(
    tuning: list[Path],
    ceilings: list[Path],
    labels: dict[str, str],
    pdf: Path,
    png: Path,
    drawn: Path,
    style: Path,
) -> None:
    """Draw one row of panels a sample, each in the space of its headline."""
    tuned = {s: read_table(p, "tuning") for s, p in zip(labels, tuning, strict=True)}
    told = {s: read_table(p, "ceiling") for s, p in zip(labels, ceilings, strict=True)}
    data = limits_data(tuned, told)
    write_table(data, drawn, "figure_limits")
    with paper_style(style):
        save_figure(draw_limits(data, labels), pdf, png)


if __name__ == "__main__":
    from chemtag.base.log import log_to

    with log_to(snakemake.log[0]):
        plot_limits(
            tuning=[Path(p) for p in snakemake.input.tuning],
            ceilings=[Path(p) for p in snakemake.input.ceilings],
            labels=snakemake.params.labels,
            pdf=Path(snakemake.output.pdf),
            png=Path(snakemake.output.png),
            drawn=Path(snakemake.output.drawn),
            style=Path(snakemake.input.style),
        )
