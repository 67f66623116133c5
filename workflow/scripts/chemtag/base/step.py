"""The bridge from a rule to its function: names of the rule are names of the arguments."""

import inspect
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from chemtag.base.log import log_to

# Parameters of a rule that rerun its jobs and are nothing its function wants to know.
RERUN_ONLY = frozenset({"code"})
# What a job has beside files, parameters and wildcards, by the name of the argument.
OF_THE_JOB: dict[str, Callable[[Any], Any]] = {
    "threads": lambda job: job.threads,
    "memory_mb": lambda job: job.resources.mem_mb,
}


def run(function: Callable[..., None], job: Any) -> None:
    """Call `function` with the files, parameters and wildcards of the Snakemake `job`, logged."""
    with log_to(job.log[0]):
        function(**arguments_of(function, job))


def arguments_of(function: Callable[..., None], job: Any) -> dict[str, Any]:
    """Return the arguments of `function` from the names of a rule, by the annotation of each.

    `Path`: the one file of that name; `Path | None`: that file where there is one; `list[Path]`:
    all its files; `Mapping[str, Path]`: every named output. Anything else is the parameter or
    wildcard of that name, or what the job has (`OF_THE_JOB`). Raises TypeError where an argument
    has no value and where a name of the rule is no argument; a contract test finds both before a
    run does.
    """
    outputs = dict(job.output.items())
    offered = {**dict(job.wildcards.items()), **dict(job.params.items())}
    files = {**dict(job.input.items()), **outputs}
    hints = typing.get_type_hints(function)
    arguments: dict[str, Any] = {}
    asked = set(RERUN_ONLY)
    for name, parameter in inspect.signature(function).parameters.items():
        if hints[name] == Mapping[str, Path]:
            arguments[name] = {key: Path(path) for key, path in outputs.items()}
            asked |= set(outputs)
        elif name in files:
            arguments[name] = _as_paths(files[name], hints[name], f"{function.__name__}: {name}")
        elif name in offered:
            arguments[name] = offered[name]
        elif name in OF_THE_JOB:
            arguments[name] = OF_THE_JOB[name](job)
        elif parameter.default is inspect.Parameter.empty:
            raise TypeError(f"{function.__name__}: the rule has no {name!r}")
        asked.add(name)
    left = (set(files) | set(dict(job.params.items()))) - asked
    if left:
        raise TypeError(f"{function.__name__}: no argument takes {sorted(left)} of the rule")
    return arguments


def _as_paths(value: Any, hint: Any, place: str) -> Any:
    """The file or files of one name of a rule, as `hint` asks."""
    paths = [Path(value)] if isinstance(value, (str, Path)) else [Path(path) for path in value]
    if hint == list[Path]:
        return paths
    if hint == Path | None:
        return paths[0] if paths else None
    if hint is not Path:
        raise TypeError(f"{place}: files are annotated Path, Path | None or list[Path]")
    if len(paths) != 1:
        raise TypeError(f"{place}: one file is asked for and the rule gives {len(paths)}")
    return paths[0]
