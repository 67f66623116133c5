"""Draw RF40 of every setting of the grid."""

from pathlib import Path

from chemtag.base.tables import read_table, write_table
from chemtag.paper.figures.grid import draw_grid, grid_data
from chemtag.paper.figures.style import paper_style, save_figure


def plot_grid(
    scores: list[Path],
    settings: list[Path],
    recovery: list[Path],
    spaces: list[str],
    headline: tuple[str, str],
    label: str,
    pdf: Path,
    png: Path,
    drawn: Path,
    style: Path,
) -> None:
    """Draw one heat map a space and selection method; `headline` is its space and setting."""
    tables, oracles = {}, {}
    for space, score, setting, curve in zip(spaces, scores, settings, recovery, strict=True):
        tables[space] = (read_table(score, "scores"), read_table(setting, "settings"))
        roles = read_table(curve, "recovery")
        oracles[space] = sorted(set(roles.loc[roles["role"] == "oracle", "setting"]))
    data = grid_data(tables, oracles, headline)
    write_table(data, drawn, "figure_grid")
    with paper_style(style):
        save_figure(draw_grid(data, label, spaces), pdf, png)


if __name__ == "__main__":
    from chemtag.base.log import log_to

    with log_to(snakemake.log[0]):
        plot_grid(
            scores=[Path(p) for p in snakemake.input.scores],
            settings=[Path(p) for p in snakemake.input.settings],
            recovery=[Path(p) for p in snakemake.input.recovery],
            spaces=snakemake.params.spaces,
            headline=(snakemake.params.space, snakemake.params.setting),
            label=snakemake.params.label,
            pdf=Path(snakemake.output.pdf),
            png=Path(snakemake.output.png),
            drawn=Path(snakemake.output.drawn),
            style=Path(snakemake.input.style),
        )
