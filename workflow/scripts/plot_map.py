"""Draw the map of a sample: true clusters beside groups."""

from pathlib import Path

from chemtag.base.tables import read_table, write_table
from chemtag.paper.figures.chemical_map import draw_map, map_data
from chemtag.paper.figures.style import paper_style, save_figure
from chemtag.paper.tables import clusters_of


def plot_map(
    embedding: Path,
    truth: Path,
    groups: Path,
    recovered: Path,
    label: str,
    space: str,
    setting: str,
    pdf: Path,
    png: Path,
    drawn: Path,
    style: Path,
) -> None:
    """Draw truth | groups on the embedding of the headline space."""
    found = read_table(groups, "groups")
    data = map_data(
        read_table(embedding, "embedding"),
        clusters_of(read_table(truth)),
        found[found["setting"] == setting],
        read_table(recovered, "table_groups"),
    )
    write_table(data, drawn, "figure_map", {"space": space, "setting": setting})
    with paper_style(style):
        save_figure(draw_map(data, label, space, setting), pdf, png)


if __name__ == "__main__":
    from chemtag.base.log import log_to

    with log_to(snakemake.log[0]):
        plot_map(
            embedding=Path(snakemake.input.embedding[0]),
            truth=Path(snakemake.input.truth[0]),
            groups=Path(snakemake.input.groups[0]),
            recovered=Path(snakemake.input.recovered),
            label=snakemake.params.label,
            space=snakemake.params.space,
            setting=snakemake.params.setting,
            pdf=Path(snakemake.output.pdf),
            png=Path(snakemake.output.png),
            drawn=Path(snakemake.output.drawn),
            style=Path(snakemake.input.style),
        )
