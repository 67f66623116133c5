"""Every model evaluated in a process of its own, so that its memory can be told."""

import multiprocessing
import resource
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import pandas as pd

from chemtag.predict.evaluation import Entry, cross_validate
from chemtag.predict.protocol import Labelled
from chemtag.predict.training import Interval, Transform

KILOBYTES_A_MEGABYTE = 1000.0 if sys.platform != "darwin" else 1e6


def cross_validate_apart(
    labelled: Labelled,
    entries: Sequence[Entry],
    interval: Interval,
    seed: int,
    n_folds: int = 5,
    transform: Transform = "none",
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what `cross_validate` does, with the column memory_mb of the costs.

    memory_mb: largest memory of the model's process beyond that it had with the stars alone. A new
    interpreter is started for each model: copies of a process that has used OpenMP may hang.
    """
    work = partial(_measured, labelled, interval, seed, n_folds, transform)
    found = []
    for entry in entries:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=context) as process:
            found.append(process.submit(work, entry).result())
    predictions, costs = zip(*found, strict=True)
    return pd.concat(predictions, ignore_index=True), pd.concat(costs, ignore_index=True)


def _measured(
    labelled: Labelled, interval: Interval, seed: int, n_folds: int, transform: Transform,
    entry: Entry,
) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
    before = _peak_mb()
    predictions, costs = cross_validate(labelled, [entry], interval, seed, n_folds, transform)
    return predictions, costs.assign(memory_mb=_peak_mb() - before)


def _peak_mb() -> float:
    # On Linux ru_maxrss of a new interpreter starts at that of the process which started it.
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (one for one in status.read_text().splitlines() if one.startswith("VmHWM:"))
        return int(line.split()[1]) / KILOBYTES_A_MEGABYTE
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILOBYTES_A_MEGABYTE
