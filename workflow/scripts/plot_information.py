"""Draw in how many dimensions, and in which elements, clusters differ."""

from pathlib import Path

from chemtag.base.tables import read_table, write_table
from chemtag.paper.figures.limits import draw_information, information_data
from chemtag.paper.figures.style import element_name, element_order, paper_style, save_figure


def plot_information(
    information: Path,
    spectrum: Path,
    elements: Path,
    element_keys: list[str],
    label: str,
    pdf: Path,
    png: Path,
    drawn: Path,
    style: Path,
) -> None:
    """Draw eigenvalues, and scatter and ablation element by element."""
    table = read_table(elements, "element_information")
    order = element_order(list(table["dimension"]), element_keys)
    data = information_data(read_table(spectrum, "spectrum"), table, order)
    write_table(data, drawn, "figure_information")
    numbers = read_table(information, "information").set_index(["basis", "quantity"])
    words = "needs three clusters with two members"
    if len(numbers):
        ratio = numbers.loc[("within_sd", "participation_ratio"), ["value", "low", "high"]]
        value, low, high = ratio.astype(float)
        words = (
            f"participation ratio {value:.1f} (68 %: {low:.1f}–{high:.1f}), "
            f"{numbers.loc[('within_sd', 'eigenvalues_above_1'), 'value']:.0f} eigenvalues above 1"
        )
    with paper_style(style):
        names = [element_name(column) for column in order]
        save_figure(draw_information(data, names, label, words), pdf, png)


if __name__ == "__main__":
    from chemtag.base.log import log_to

    with log_to(snakemake.log[0]):
        plot_information(
            information=Path(snakemake.input.information[0]),
            spectrum=Path(snakemake.input.spectrum[0]),
            elements=Path(snakemake.input.elements[0]),
            element_keys=snakemake.params.element_keys,
            label=snakemake.params.label,
            pdf=Path(snakemake.output.pdf),
            png=Path(snakemake.output.png),
            drawn=Path(snakemake.output.drawn),
            style=Path(snakemake.input.style),
        )
