"""An algorithm in a process of its own: its groups, its time, its memory, and why it ended."""

import importlib
import multiprocessing
import resource
import sys
import time
import warnings
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, Literal

import numpy as np

from chemtag.base.types import Ints
from chemtag.compare.inputs import Task
from chemtag.tag.numbering import find_groups
from chemtag.tag.protocol import NoGroups, Space

Status = Literal["ok", "skipped", "stopped", "failed"]
LIBRARIES = (
    "astroML.density_estimation",
    "chemtag.tag.density",
    "chemtag.tag.density.grid",
    "scipy.stats",
    "sklearn.cluster",
    "sklearn.mixture",
    "sklearn.neighbors",
)
WARM_UP = 60  # stars of a first run that is not timed: it loads compiled code
KILOBYTES_A_MEGABYTE = 1000.0 if sys.platform != "darwin" else 1e6


@dataclass(frozen=True)
class Outcome:
    """What came of an algorithm: `labels` (N,) if ok, else the reason.

    `seconds`: processor time of each run (all threads); `memory_mb`: peak memory above that of the
    process before the run.
    """

    status: Status
    reason: str = ""
    labels: Ints | None = None
    seconds: list[float] = field(default_factory=list)
    memory_mb: float = np.nan


def run_in_process(task: Task, stars: Space, limit: float, repeats: int = 1) -> Outcome:
    """Run a task in a process of its own, `repeats` times, stopped after `limit` seconds.

    The process is a copy of this one (a new interpreter where copies are unsafe, on macOS), which
    therefore must not have started threads of OpenMP. A first run on few stars is not timed.
    """
    reason = task.skipped(len(stars))
    if reason:
        return Outcome("skipped", reason)
    load_libraries()
    context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_measured, args=(theirs, task, stars, repeats))
    with warnings.catch_warnings():
        # Threads of pyarrow wait in this process; its copy does not use them.
        warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
        process.start()
    theirs.close()
    try:
        if not ours.poll(limit):
            return Outcome("stopped", f"not finished after {limit:g} s (time_limit)")
        return ours.recv()
    except EOFError:
        process.join()
        return Outcome("failed", f"its process ended with status {process.exitcode}")
    finally:
        process.kill()
        process.join()
        ours.close()


def load_libraries() -> None:
    """Import what the algorithms use, so that their processes need not do it one by one."""
    for name in LIBRARIES:
        importlib.import_module(name)


def _measured(answer: Connection, task: Task, stars: Space, repeats: int) -> None:
    try:
        _warm_up(task, stars)
        before = _peak_mb()
        seconds, labels = [], None
        for _ in range(repeats):
            start = time.process_time()
            labels = find_groups(task.algorithm.tagger, stars, task.settings, task.seed).group
            seconds.append(time.process_time() - start)
        answer.send(Outcome("ok", "", labels, seconds, _peak_mb() - before))
    except NoGroups as reason:
        answer.send(Outcome("failed", str(reason)))
    except MemoryError:
        answer.send(Outcome("failed", "the memory of the machine is not enough"))
    finally:
        answer.close()


def _warm_up(task: Task, stars: Space) -> None:
    few = stars.take(np.arange(min(WARM_UP, len(stars))))
    settings = dict(task.settings)
    if "n_clusters" in settings:
        settings["n_clusters"] = min(settings["n_clusters"], 5)
    if "repeats" in settings:
        settings["repeats"] = 1
    try:
        find_groups(task.algorithm.tagger, few, settings, task.seed)
    except (NoGroups, ValueError):
        return  # too few stars for it; the run itself will say what is wrong


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILOBYTES_A_MEGABYTE
