"""Draw which clusters each algorithm recovers, and how far algorithms agree."""

from pathlib import Path

from chemtag.base.tables import read_table, write_table
from chemtag.paper.figures.compare import agreement_data, draw_agreement
from chemtag.paper.figures.style import paper_style, save_figure


def plot_agreement(
    clusters: Path,
    agreement: Path,
    algorithms: Path,
    label: str,
    pdf: Path,
    png: Path,
    drawn: Path,
    style: Path,
) -> None:
    """Draw clusters by algorithms beside algorithms by algorithms."""
    data = agreement_data(
        read_table(clusters, "clusters"),
        read_table(agreement, "algorithm_agreement"),
        read_table(algorithms, "algorithms"),
    )
    write_table(data, drawn, "figure_agreement")
    with paper_style(style):
        save_figure(draw_agreement(data, label), pdf, png)


if __name__ == "__main__":
    from chemtag.base.log import log_to

    with log_to(snakemake.log[0]):
        plot_agreement(
            clusters=Path(snakemake.input.clusters),
            agreement=Path(snakemake.input.agreement),
            algorithms=Path(snakemake.input.algorithms),
            label=snakemake.params.label,
            pdf=Path(snakemake.output.pdf),
            png=Path(snakemake.output.png),
            drawn=Path(snakemake.output.drawn),
            style=Path(snakemake.input.style),
        )
