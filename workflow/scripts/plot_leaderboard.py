"""Draw the leaderboards of the clustering algorithms on a sample."""

from pathlib import Path

from chemtag.base.tables import read_table, write_table
from chemtag.paper.figures.compare import draw_leaderboard, leaderboard_data
from chemtag.paper.figures.style import paper_style, save_figure


def plot_leaderboard(
    leaderboard: Path,
    algorithms: Path,
    label: str,
    pdf: Path,
    png: Path,
    drawn: Path,
    style: Path,
) -> None:
    """Draw one panel a board."""
    data = leaderboard_data(
        read_table(leaderboard, "leaderboard"), read_table(algorithms, "algorithms")
    )
    write_table(data, drawn, "figure_leaderboard")
    with paper_style(style):
        save_figure(draw_leaderboard(data, label), pdf, png)


if __name__ == "__main__":
    from chemtag.base.log import log_to

    with log_to(snakemake.log[0]):
        plot_leaderboard(
            leaderboard=Path(snakemake.input.leaderboard),
            algorithms=Path(snakemake.input.algorithms),
            label=snakemake.params.label,
            pdf=Path(snakemake.output.pdf),
            png=Path(snakemake.output.png),
            drawn=Path(snakemake.output.drawn),
            style=Path(snakemake.input.style),
        )
