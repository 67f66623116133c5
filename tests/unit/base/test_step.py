"""The bridge: names and annotations of a function against those of a rule."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numba
import pytest
from snakemake.iocontainers import InputFiles, Namedlist, OutputFiles, Params, Wildcards

from chemtag.base.batches import batch_names, numbers_of
from chemtag.base.step import arguments_of, limit_threads, run


def named(kind: type[Namedlist], **entries) -> Namedlist:
    """A list of a job as Snakemake makes it: one item or a list of items under each name."""
    made = kind()
    for name, entry in entries.items():
        first = len(made)
        several = isinstance(entry, list) and kind in (InputFiles, OutputFiles)
        made.extend(entry if several else [entry])
        made._set_name(name, first, end=len(made) if several else None)
    return made


def job(folder: Path = Path(), *, unnamed=(), inputs=(), outputs=(), params=(), wildcards=()):
    files = named(InputFiles, **dict(inputs))
    files.extend(unnamed)
    return SimpleNamespace(
        input=files,
        output=named(OutputFiles, **dict(outputs)),
        params=named(Params, code="d1ge57", **dict(params)),
        wildcards=named(Wildcards, **dict(wildcards)),
        log=[str(folder / "step.log")],
        threads=1,
        resources=SimpleNamespace(mem_mb=750),
    )


def test_each_annotation_takes_its_kind_of_thing():
    def step(
        space: Path,
        truth: Path,
        others: Path | None,
        nothing: Path | None,
        batches: list[Path],
        single: list[Path],
        groups: Path,
        seed: int,
        grid: dict,
        sample: str,
        chunk: int,
        benchmarks: Path,
        memory_mb: int,
    ) -> None: ...

    given = job(
        inputs={
            "space": "a.parquet",
            "truth": ["b.ecsv"],
            "others": ["c.parquet"],
            "nothing": [],
            "batches": ["d", "e"],
            "single": "f",
        },
        unnamed=["only.order"],
        outputs={"groups": "g.parquet"},
        params={"seed": 7, "grid": {"metric": ["euclidean"]}, "benchmarks": "bench"},
        wildcards={"sample": "field", "chunk": "03"},
    )
    assert arguments_of(step, given) == {
        "space": Path("a.parquet"),
        "truth": Path("b.ecsv"),
        "others": Path("c.parquet"),
        "nothing": None,
        "batches": [Path("d"), Path("e")],
        "single": [Path("f")],
        "groups": Path("g.parquet"),
        "seed": 7,
        "grid": {"metric": ["euclidean"]},
        "sample": "field",
        "chunk": 3,
        "benchmarks": Path("bench"),
        "memory_mb": 750,
    }


def test_mappings_take_the_files_that_no_other_argument_takes():
    def step(
        truth: Path, tables: Mapping[str, list[Path]], made: Mapping[str, Path], page: Path
    ) -> None: ...

    given = job(
        inputs={"truth": "t", "scores": ["a", "b"], "funnel": "c"},
        outputs={"page": "p", "criteria": "x", "tuning": "y"},
    )
    assert arguments_of(step, given) == {
        "truth": Path("t"),
        "tables": {"scores": [Path("a"), Path("b")], "funnel": [Path("c")]},
        "made": {"criteria": Path("x"), "tuning": Path("y")},
        "page": Path("p"),
    }


def test_settings_are_the_parameters_that_no_other_argument_takes():
    def step(figure: str, settings: Mapping[str, Any], drawn: Path) -> None: ...

    params = {"figure": "story", "label": "Ideal", "several": {"a": "b"}}
    given = job(outputs={"drawn": "d"}, params=params)
    assert arguments_of(step, given) == {
        "figure": "story",
        "settings": {"label": "Ideal", "several": {"a": "b"}},
        "drawn": Path("d"),
    }
    given = job(outputs={"drawn": "d"}, params={"figure": "story", "settings": {"a": 1}})
    assert arguments_of(step, given)["settings"] == {"a": 1}, "a parameter of that name comes first"


def test_a_file_hides_the_wildcard_of_its_name_and_a_default_stays():
    def step(space: Path, components: int | None = None) -> None: ...

    given = job(inputs={"space": "raw.parquet"}, wildcards={"space": "raw"})
    assert arguments_of(step, given) == {"space": Path("raw.parquet")}


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({}, "the rule has no 'space'"),
        ({"inputs": {"space": "a", "groups": "b"}}, r"no argument takes \['groups'\]"),
        ({"inputs": {"space": "a"}, "outputs": {"made": "b"}}, r"no argument takes \['made'\]"),
        ({"inputs": {"space": "a"}, "params": {"sed": 1}}, r"no argument takes \['sed'\]"),
        ({"inputs": {"space": ["a", "b"]}}, "one file is asked for and the rule gives 2"),
        ({"inputs": {"space": []}}, "one file is asked for and the rule gives 0"),
        ({"inputs": {"space": "a"}, "outputs": {"space": "b"}}, "names of two things"),
        ({"inputs": {"space": "a", "seed": "b"}}, "seed is a file"),
    ],
)
def test_names_that_do_not_match_are_an_error(given, complaint):
    def step(space: Path, seed: int = 0) -> None: ...

    with pytest.raises(TypeError, match=complaint):
        arguments_of(step, job(**given))


def test_a_step_runs_logged(tmp_path):
    def step(made: Path, seed: int) -> None:
        made.write_text(str(seed))

    run(step, job(tmp_path, outputs={"made": str(tmp_path / "out")}, params={"seed": 3}))
    assert (tmp_path / "out").read_text() == "3"
    assert (tmp_path / "step.log").exists()


def test_a_mismatch_leaves_its_traceback_in_the_log(tmp_path):
    def step(made: Path) -> None: ...

    with pytest.raises(SystemExit):
        run(step, job(tmp_path))
    assert "the rule has no 'made'" in (tmp_path / "step.log").read_text()


def test_numba_uses_the_threads_of_the_job_and_no_more_than_it_has():
    before = numba.get_num_threads()
    try:
        limit_threads(1)
        assert numba.get_num_threads() == 1
        limit_threads(10_000)
        assert numba.get_num_threads() == numba.config.NUMBA_NUM_THREADS
    finally:
        numba.set_num_threads(before)


def test_numba_loaded_later_has_the_threads_of_the_job():
    program = (
        "import os, sys; from chemtag.base.step import limit_threads; limit_threads(1); "
        "assert 'numba' not in sys.modules; import numba; print(numba.get_num_threads())"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    environment.pop("NUMBA_NUM_THREADS", None)
    found = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "1"


@pytest.mark.parametrize("script", ["compare_algorithms", "time_algorithms"])
def test_a_step_that_forks_has_not_loaded_what_starts_threads(script):
    """A child of a process with threads of numba is killed, and hdbscan leaves the leaderboard."""
    program = f"import sys, {script}; assert 'numba' not in sys.modules"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)


def test_batches_hold_every_number_once():
    names = batch_names(23, 10)
    assert names == ["0000-0009", "0010-0019", "0020-0022"]
    assert [number for name in names for number in numbers_of(name)] == list(range(23))
    assert batch_names(0, 10) == []
