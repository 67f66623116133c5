"""Draw the maps of a sample by several methods side by side."""

from pathlib import Path

from chemtag.base.tables import read_table, write_table
from chemtag.paper.figures.embeddings import draw_embeddings, embeddings_data
from chemtag.paper.figures.style import paper_style, save_figure
from chemtag.paper.tables import clusters_of


def plot_embeddings(
    maps: Path,
    quality: Path,
    embedding: Path,
    truth: Path,
    label: str,
    space: str,
    pdf: Path,
    png: Path,
    drawn: Path,
    style: Path,
) -> None:
    """Draw true clusters on each map of the headline space."""
    table = read_table(maps, "maps")
    cluster = clusters_of(read_table(truth))
    data = embeddings_data(table, cluster)
    members = read_table(embedding, "embedding")["star_id"].map(cluster).dropna()
    sizes = members[members != ""].value_counts()
    measured = read_table(quality, "map_quality")
    write_table(data, drawn, "figure_embeddings", {"space": space})
    with paper_style(style):
        save_figure(draw_embeddings(data, measured, sizes, label, space), pdf, png)


if __name__ == "__main__":
    from chemtag.base.log import log_to

    with log_to(snakemake.log[0]):
        plot_embeddings(
            maps=Path(snakemake.input.maps[0]),
            quality=Path(snakemake.input.quality[0]),
            embedding=Path(snakemake.input.embedding[0]),
            truth=Path(snakemake.input.truth[0]),
            label=snakemake.params.label,
            space=snakemake.params.space,
            pdf=Path(snakemake.output.pdf),
            png=Path(snakemake.output.png),
            drawn=Path(snakemake.output.drawn),
            style=Path(snakemake.input.style),
        )
