"""Draw the recovery of all samples side by side."""

from pathlib import Path

from chemtag.base.tables import read_table, write_table
from chemtag.paper.figures.recovery import recovery_data
from chemtag.paper.figures.story import draw_story, story_data
from chemtag.paper.figures.style import paper_style, save_figure


def plot_story(
    recovery: list[Path],
    funnels: list[Path],
    labels: dict[str, str],
    pdf: Path,
    png: Path,
    drawn: Path,
    style: Path,
) -> None:
    """Draw RF40 and RF70 of each sample."""
    tables = [read_table(path, "recovery") for path in recovery]
    data = story_data(recovery_data(dict(zip(labels, tables, strict=True))))
    left = [int(read_table(path, "funnel")["stars_left"].iloc[-1]) for path in funnels]
    write_table(data, drawn, "figure_recovery")
    with paper_style(style):
        figure = draw_story(data, labels, dict(zip(labels, left, strict=True)))
        save_figure(figure, pdf, png)


if __name__ == "__main__":
    from chemtag.base.log import log_to

    with log_to(snakemake.log[0]):
        plot_story(
            recovery=[Path(p) for p in snakemake.input.recovery],
            funnels=[Path(p) for p in snakemake.input.funnels],
            labels=snakemake.params.labels,
            pdf=Path(snakemake.output.pdf),
            png=Path(snakemake.output.png),
            drawn=Path(snakemake.output.drawn),
            style=Path(snakemake.input.style),
        )
