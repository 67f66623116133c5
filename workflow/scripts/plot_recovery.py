"""Draw the recovery fraction of every sample against the threshold and the size of clusters."""

from pathlib import Path

import yaml

from chemtag.base.tables import read_table, write_table
from chemtag.paper.figures.recovery import draw_recovery, recovery_data, size_data
from chemtag.paper.figures.style import paper_style, save_figure
from chemtag.paper.tables import published_recovery


def plot_recovery(
    recovery: list[Path],
    sizes: list[Path],
    published: Path,
    labels: dict[str, str],
    published_samples: list[str],
    pdf: Path,
    png: Path,
    drawn: Path,
    style: Path,
) -> None:
    """Draw one panel a sample; published points go to the samples made to resemble theirs."""
    curves = [read_table(path, "recovery") for path in recovery]
    by_size = [read_table(path, "recovery_sizes") for path in sizes]
    document = yaml.safe_load(published.read_text(encoding="utf-8"))
    points = [published_recovery(document, sample) for sample in published_samples]
    points += size_data(dict(zip(labels, by_size, strict=True)))
    data = recovery_data(dict(zip(labels, curves, strict=True)), points)
    write_table(data, drawn, "figure_recovery", {"published": document["source"]})
    with paper_style(style):
        save_figure(draw_recovery(data, labels, document["label"]), pdf, png)


if __name__ == "__main__":
    from chemtag.base.log import log_to

    with log_to(snakemake.log[0]):
        plot_recovery(
            recovery=[Path(p) for p in snakemake.input.recovery],
            sizes=[Path(p) for p in snakemake.input.sizes],
            published=Path(snakemake.input.published),
            labels=snakemake.params.labels,
            published_samples=snakemake.params.published_samples,
            pdf=Path(snakemake.output.pdf),
            png=Path(snakemake.output.png),
            drawn=Path(snakemake.output.drawn),
            style=Path(snakemake.input.style),
        )
