"""Draw the warning against groups sought on a UMAP."""

from pathlib import Path

from chemtag.base.tables import read_table, write_table
from chemtag.paper.figures.embeddings import draw_warning, warning_data
from chemtag.paper.figures.style import paper_style, save_figure


def plot_warning(warning: Path, label: str, pdf: Path, png: Path, drawn: Path, style: Path) -> None:
    """Draw what is found in the space and on the UMAP, for Gaussian and sample."""
    table = read_table(warning, "umap_warning")
    data = warning_data(table)
    write_table(data, drawn, "umap_warning", table.attrs)
    with paper_style(style):
        figure = draw_warning(data, label, table.attrs["n_stars"], table.attrs["setting"])
        save_figure(figure, pdf, png)


if __name__ == "__main__":
    from chemtag.base.log import log_to

    with log_to(snakemake.log[0]):
        plot_warning(
            warning=Path(snakemake.input.warning),
            label=snakemake.params.label,
            pdf=Path(snakemake.output.pdf),
            png=Path(snakemake.output.png),
            drawn=Path(snakemake.output.drawn),
            style=Path(snakemake.input.style),
        )
