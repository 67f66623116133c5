"""The bridge from a rule to its function: names of the rule are names of the arguments."""

import inspect
import os
import sys
import typing
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from chemtag.base.compiled import guard_cache
from chemtag.base.log import log_to

# Parameters of a rule that rerun its jobs (digests) and are nothing its function wants to know.
RERUN_ONLY = frozenset({"code", "content"})
# What a job has beside files, parameters and wildcards, by the name of the argument.
OF_THE_JOB: dict[str, Callable[[Any], Any]] = {"memory_mb": lambda job: job.resources.mem_mb}

OUTPUTS = Mapping[str, Path]
INPUTS = Mapping[str, list[Path]]
PARAMS = Mapping[str, Any]
FILE_HINTS = (Path, Path | None, list[Path])


def run(function: Callable[..., None], job: Any) -> None:
    """Call `function` with the files, parameters and wildcards of the Snakemake `job`, logged."""
    with log_to(job.log[0]):
        limit_threads(job.threads)
        function(**arguments_of(function, job))


def limit_threads(threads: int) -> None:
    """Let numba use the threads of the job and no more, be it loaded by now or later.

    Where it comes later it reads the variable. To set it before would start its threads, and a
    process that runs threads cannot be forked safely (`compare.processes`).
    """
    numba = sys.modules.get("numba")
    if numba is None:
        most = int(os.environ.get("NUMBA_NUM_THREADS") or os.cpu_count() or 1)
        os.environ["NUMBA_NUM_THREADS"] = str(min(threads, most))
    else:
        guard_cache()
        numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))


def arguments_of(function: Callable[..., None], job: Any) -> dict[str, Any]:
    """Return the arguments of `function` from the names of a rule, by the annotation of each.

    `Path`: the one file of that name; `Path | None`: that file, None where the rule gives none;
    `list[Path]`: all its files; `Mapping[str, Path]`: every named output,
    `Mapping[str, list[Path]]`: every named input, and `Mapping[str, Any]`, where there is no
    parameter of that name: every parameter, that no other argument takes. Anything else is the
    parameter or wildcard of that name (as a number if annotated `int`), or what the job has
    (`OF_THE_JOB`). Files that only order jobs have no name in the rule. Raises TypeError as
    `match_names` does; a contract test finds that before a run does.
    """
    inputs, outputs = dict(job.input.items()), dict(job.output.items())
    params, wildcards = dict(job.params.items()), dict(job.wildcards.items())
    matched = match_names(function, inputs, outputs, params, wildcards)
    hints = typing.get_type_hints(function)
    arguments: dict[str, Any] = {}
    for name in matched.files:
        place = f"{function.__name__}: {name}"
        arguments[name] = _as_paths((inputs | outputs)[name], hints[name], place)
    for name in matched.values:
        value = (wildcards | params)[name]
        arguments[name] = hints[name](value) if hints[name] in (int, Path) else value
    for name in matched.of_the_job:
        arguments[name] = OF_THE_JOB[name](job)
    for name, keys in matched.outputs.items():
        arguments[name] = {key: Path(outputs[key]) for key in keys}
    for name, keys in matched.inputs.items():
        arguments[name] = {key: _as_paths(inputs[key], list[Path], key) for key in keys}
    for name, keys in matched.params.items():
        arguments[name] = {key: params[key] for key in keys}
    return arguments


@dataclass(frozen=True)
class Matched:
    """Arguments of a function by what they take; mappings with the names that are in them."""

    files: list[str]
    values: list[str]
    of_the_job: list[str]
    outputs: dict[str, list[str]]
    inputs: dict[str, list[str]]
    params: dict[str, list[str]]


def match_names(
    function: Callable[..., None],
    inputs: Iterable[str],
    outputs: Iterable[str],
    params: Iterable[str],
    wildcards: Iterable[str],
) -> Matched:
    """Return what each argument of `function` takes from the names of a rule.

    Raises TypeError where an argument has no value, where a file is not annotated as one, where two
    of inputs, outputs and parameters share a name, and where one of them is no argument.
    """
    inputs, outputs, params = list(inputs), list(outputs), set(params) - RERUN_ONLY
    hints = typing.get_type_hints(function)
    place = function.__name__
    twice = [name for name, n in Counter([*inputs, *outputs, *params]).items() if n > 1]
    if twice:
        raise TypeError(f"{place}: {sorted(twice)} are names of two things of the rule")
    found = Matched([], [], [], {}, {}, {})
    parameters = inspect.signature(function).parameters
    for name, parameter in parameters.items():
        hint = hints[name]
        if hint == OUTPUTS and name not in params:
            found.outputs[name] = [key for key in outputs if key not in parameters]
        elif hint == INPUTS and name not in params:
            found.inputs[name] = [key for key in inputs if key not in parameters]
        elif name in inputs or name in outputs:
            if hint not in FILE_HINTS:
                raise TypeError(f"{place}: {name} is a file: Path, Path | None or list[Path]")
            found.files.append(name)
        elif name in params or name in set(wildcards):
            found.values.append(name)
        elif hint == PARAMS:
            found.params[name] = [key for key in sorted(params) if key not in parameters]
        elif name in OF_THE_JOB:
            found.of_the_job.append(name)
        elif parameter.default is inspect.Parameter.empty:
            raise TypeError(f"{place}: the rule has no {name!r}")
    mappings = (found.outputs, found.inputs, found.params)
    mapping_names = [keys for mapping in mappings for keys in mapping.values()]
    taken = {*parameters, *chain.from_iterable(mapping_names)}
    left = {*inputs, *outputs, *params} - taken
    if left:
        raise TypeError(f"{place}: no argument takes {sorted(left)} of the rule")
    return found


def _as_paths(value: Any, hint: Any, place: str) -> Any:
    """The file or files of one name of a rule, as `hint` asks."""
    paths = [Path(value)] if isinstance(value, (str, Path)) else [Path(path) for path in value]
    if hint == list[Path]:
        return paths
    if hint == Path | None and not paths:
        return None
    if len(paths) != 1:
        raise TypeError(f"{place}: one file is asked for and the rule gives {len(paths)}")
    return paths[0]
