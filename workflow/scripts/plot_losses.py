"""Draw what takes the clusters of simulated surveys away, step by step."""

from pathlib import Path

from chemtag.base.tables import read_table, write_table
from chemtag.paper.figures.forecast import draw_losses
from chemtag.paper.figures.style import paper_style, save_figure


def plot_losses(losses: Path, pdf: Path, png: Path, drawn: Path, style: Path) -> None:
    """Draw the loss budget as stacked bars."""
    table = read_table(losses, "loss_budget")
    data = table
    write_table(data, drawn, "loss_budget", table.attrs)
    with paper_style(style):
        save_figure(draw_losses(data, table.attrs["recipe"]), pdf, png)


if __name__ == "__main__":
    from chemtag.base.log import log_to

    with log_to(snakemake.log[0]):
        plot_losses(
            losses=Path(snakemake.input.losses),
            pdf=Path(snakemake.output.pdf),
            png=Path(snakemake.output.png),
            drawn=Path(snakemake.output.drawn),
            style=Path(snakemake.input.style),
        )
