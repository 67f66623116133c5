"""Whether the spaces of a sample can be made of what its cuts leave."""

from collections.abc import Mapping
from typing import Any

from chemtag.base.problems import InputProblem
from chemtag.select.sample import Selection, abundances_table
from chemtag.space.chemical import SIGNAL, make_space
from chemtag.space.sample_width import values_and_errors
from chemtag.survey.abundances import column_of


def refuse_spaces(
    name: str,
    sample: Mapping[str, Any],
    spaces: Mapping[str, Any],
    selection: Selection,
    ratio: str,
) -> None:
    """Raise `InputProblem` for the first space of the sample `name` that cannot be made.

    `spaces` are those of the config, `ratio` that of the catalogue. The scale signal is left out:
    the width of a birth cluster is the matter of a run.
    """
    table = abundances_table(selection)
    table.attrs = {"ratio": ratio, "elements": selection.features}
    for space in sample["spaces"]:
        block = spaces[space]
        if block["scale"] == SIGNAL:
            continue
        try:
            values, errors = values_and_errors(
                table, block["ratio"], block["error_conversion"], selection.features
            )
            dimensions = [column_of(feature, block["ratio"]) for feature in selection.features]
            made = (block["transform"], block.get("components"))
            make_space(values, errors, block["scale"], dimensions, *made)
        except InputProblem as problem:
            raise InputProblem(f"config: samples/{name}, space {space}: {problem}") from None
