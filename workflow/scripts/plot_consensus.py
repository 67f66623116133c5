"""Draw the stability of each group over draws within the errors."""

from pathlib import Path

from chemtag.base.tables import read_table, write_table
from chemtag.paper.figures.consensus import consensus_data, draw_consensus
from chemtag.paper.figures.style import paper_style, save_figure


def plot_consensus(
    stability: Path, redraws: Path, label: str, pdf: Path, png: Path, drawn: Path, style: Path
) -> None:
    """Draw the best Jaccard of each headline group against its size."""
    data = consensus_data(read_table(stability, "group_stability"))
    groups_of_draws = read_table(redraws, "redraws")["n_groups"].tolist()
    write_table(data, drawn, "figure_consensus")
    with paper_style(style):
        save_figure(draw_consensus(data, groups_of_draws, label), pdf, png)


if __name__ == "__main__":
    from chemtag.base.log import log_to

    with log_to(snakemake.log[0]):
        plot_consensus(
            stability=Path(snakemake.input.stability[0]),
            redraws=Path(snakemake.input.redraws[0]),
            label=snakemake.params.label,
            pdf=Path(snakemake.output.pdf),
            png=Path(snakemake.output.png),
            drawn=Path(snakemake.output.drawn),
            style=Path(snakemake.input.style),
        )
