"""What a label derives from, and what it may therefore be used for: the guards in one place.

Tables of predicted labels hold `derived_from` in their meta, a list of `SOURCES`; independent data
declare theirs in the config. Every job plans its part of the run, so this module imports no numpy;
what needs the labels themselves is in `predicted`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from chemtag.base.problems import InputProblem

SOURCES = ("abundances", "spectra", "other measurements")
PREFIX = "predicted_"


def check_sources(sources: Iterable[str] | None, name: str, place: str) -> tuple[str, ...]:
    """Return declared sources; raise `InputProblem` if there are none, or unknown ones."""
    known = ", ".join(SOURCES)
    found = tuple(sources or ())
    if not found:
        raise InputProblem(
            f"{place}: nothing says what {name!r} derives from; declare derived_from, a list of "
            f"{known}."
        )
    for source in found:
        if source not in SOURCES:
            raise InputProblem(
                f"{place}: derived_from of {name!r} names {source!r}, expected some of {known}."
            )
    return found


def refuse_as_witness(sources: Iterable[str] | None, name: str, place: str) -> None:
    """Raise `InputProblem` if a datum cannot vet groups that were found in abundances.

    Refused: what derives from abundances, and what does not say what it derives from.
    """
    if "abundances" in check_sources(sources, name, place):
        raise InputProblem(
            f"{place}: {name!r} derives from abundances, so it is no independent witness for "
            "groups that were found in abundances; take it off, or predict it from other "
            "measurements."
        )


def of_run(catalog: str) -> str:
    """Return the `apply/catalogue` of a task whose labels samples of `catalog` may be cut by."""
    return f"<results>/survey/{catalog}.stars.parquet"


def labels_in_windows(cuts: Mapping[str, Any]) -> list[str]:
    """Return the tasks of `predict` that windows of a sample's cuts name, sorted.

    `predicted_<task>` is the label, `predicted_<task>_err` its error.
    """
    columns = [*cuts.get("windows", {}), *cuts.get("members", {}).get("windows", {})]
    return sorted({task_of(column) for column in columns if column.startswith(PREFIX)})


def task_of(column: str) -> str:
    """Return the task whose label, or error of it, the column `predicted_<task>[_err]` holds."""
    return column.removeprefix(PREFIX).removesuffix("_err")


def check_labels(name: str, sample: Mapping[str, Any], config: Mapping[str, Any]) -> None:
    """Raise `InputProblem` where windows of a sample name labels that the run does not predict."""
    for task in labels_in_windows(sample["cuts"]):
        key = f"config: samples/{name}/cuts/windows/{PREFIX}{task}"
        tasks = config["predict"]
        if task not in tasks:
            raise InputProblem(
                f"{key}: there is no task {task!r} under predict; there are "
                f"{', '.join(tasks) or 'none'}."
            )
        if task in ("fe", "h"):
            raise InputProblem(
                f"{key} reads like an abundance; give the task predict/{task} another name."
            )
        expected, found = of_run(sample["catalog"]), tasks[task].get("apply", {}).get("catalogue")
        if found != expected:
            raise InputProblem(
                f"{key}: predict/{task}/apply/catalogue is {found!r}, expected {expected!r}, the "
                "stars that the sample is taken from."
            )
