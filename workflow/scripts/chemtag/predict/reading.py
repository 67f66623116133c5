"""The table of a task, in any format that catalogues come in, and its labelled stars."""

from pathlib import Path

import numpy as np
import pandas as pd

from chemtag.base.problems import InputProblem
from chemtag.predict.protocol import Labelled
from chemtag.predict.task import Task, training_stars, with_spectra
from chemtag.predict.xp import read_continuous
from chemtag.survey.columns import Role, Wanted, read_columns


def read_table_of(path: Path, task: Task) -> pd.DataFrame:
    """Return the columns that a task reads: identifiers as text, anything else as numbers.

    Raises `InputProblem` as `read_columns` does, and for infinities.
    """
    roles: dict[str, Role] = {task.features.star_id: "identifier"}
    if task.group is not None:
        roles[task.group] = "identifier"
    if task.xp is not None:
        roles[task.xp.key] = "source_id"
    wanted = [
        Wanted(name, name, roles.get(name, "number"), key=f"predict/{task.name}")
        for name in task.columns
    ]
    read = read_columns(path, wanted)
    for name, tally in read.tallies.items():
        if tally.infinite:
            raise InputProblem(
                f"{path}: column {name!r} holds {tally.infinite} infinite values, expected finite "
                "ones; make them missing (NaN)."
            )
    missing = read.tallies[task.features.star_id].empty
    if missing:
        raise InputProblem(
            f"{path}: {missing} rows have no identifier in {task.features.star_id!r}; give each "
            "row one of its own, or name another column in predict/star_id."
        )
    table = pd.DataFrame({name: read.values[name] for name in task.columns})
    if task.group is not None:
        table[task.group] = table[task.group].replace("", np.nan)
    return table


def read_stars(path: Path, spectra: Path | None, task: Task) -> Labelled:
    """Return the stars that a task learns from: its table, with XP `spectra` where it asks."""
    table = read_table_of(path, task)
    if task.xp is not None and spectra is not None:
        table = with_spectra(table, task.xp, read_continuous(spectra), str(path))
    return training_stars(table, task, str(path))
