"""A run through each Slurm profile gives the tables of a local run.

The first steps of a sample, alone and in groups, are fast; runs of every stage are slow.
"""

import hashlib
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from loopback_slurm import ROOT

from checkout import copied

CONFIG = ROOT / "tests" / "data" / "one_sample.yaml"
WHOLE = ROOT / "tests" / "data" / "tiny.yaml"
SHIPPED = ("Snakefile", "workflow", "envs", "config", "resources", "pyproject.toml")
# Each kind of job: alone, with threads, the steps of a sample in a group, figures in a group.
FIRST_STEPS = [
    f"results/one_sample/{path}"
    for path in (
        "tag/idealised.raw.groups.parquet",
        "paper/figures/funnel_idealised.pdf",
        "paper/figures/coherence_idealised.pdf",
        "paper/figures/patterns_idealised.pdf",
    )
]
# A figure of each kind of stage, so that every executor sees every stage but not every figure.
EVERY_STAGE = [
    f"results/one_sample/{path}"
    for path in (
        "paper/figures/story.pdf",
        "paper/figures/map_idealised.pdf",
        "paper/figures/consensus_idealised.pdf",
        "paper/figures/limits.pdf",
        "paper/tables/metrics_idealised.ecsv",
        "check/idealised.raw.json",
    )
]
TABLES = {".parquet", ".ecsv", ".json", ".tex", ".mrt"}
pytestmark = [pytest.mark.slurm, pytest.mark.xdist_group("slurm")]


@pytest.fixture(scope="module")
def checkout(quick_profiles, tmp_path_factory) -> Path:
    """A copy of the shipped files, one for all runs."""
    folder = copied(tmp_path_factory.mktemp("checkout") / "chemtag", SHIPPED)
    shutil.copytree(quick_profiles, folder / "profiles")
    return folder


def digests(folder: Path) -> dict[str, str]:
    """Digest of each table of the only run, by its path; the results are removed.

    Tables of seconds and memory differ from run to run and are left out.
    """
    (results,) = (folder / "results").iterdir()
    found = {
        str(path.relative_to(results)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(results.rglob("*"))
        if path.suffix in TABLES and "provenance" not in path.name and ".costs." not in path.name
    }
    shutil.rmtree(results)
    return found


def run(command: list[str | Path], folder: Path, minutes: int = 10) -> str:
    """Run Snakemake for at most so many minutes, then interrupt it; return what it said."""
    limit = ["timeout", "--signal=INT", "--kill-after=60", str(60 * minutes)]
    done = subprocess.run([*limit, *map(str, command)], cwd=folder, capture_output=True, text=True)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-6000:]
    return said


def local(snakemake: Path, checkout: Path, targets: list[str]) -> dict[str, str]:
    """Digests of a run without a cluster."""
    run([snakemake, "--cores", "2", "--configfile", CONFIG, "--", *targets], checkout)
    return digests(checkout)


def through(profile: str, snakemake: Path, checkout: Path, targets: list[str]) -> tuple:
    """Digests of a run through a profile; state, node, cores of its Slurm jobs; what it said."""
    before = set(slurm_jobs(checkout))
    words = ["--configfile", CONFIG, "--profile", f"profiles/{profile}"]
    said = run([snakemake, *words, "--", *targets], checkout)
    jobs = [row for job, row in slurm_jobs(checkout).items() if job not in before]
    assert {state for state, _, _ in jobs} == {"COMPLETED"}
    assert len({node for _, node, _ in jobs}) > 1, "the jobs ran on several nodes"
    assert any(int(cores) > 2 for _, _, cores in jobs), "short jobs share one Slurm job"
    return digests(checkout), jobs, said


def test_the_first_steps_give_the_tables_of_a_local_run(slurm, cluster_snakemake, checkout):
    expected = local(cluster_snakemake, checkout, FIRST_STEPS)
    found, jobs, said = through("slurm", cluster_snakemake, checkout, FIRST_STEPS)
    assert {path.split("/")[0] for path in found} == {
        "survey", "select", "space", "tag", "score", "paper",
    }  # fmt: skip
    assert len(expected) > 12
    assert found == expected
    # simulate_survey, the steps of the sample in a group, tag_stars, three figures in a group
    assert sorted(cores for _, _, cores in jobs) == ["1", "2", "2", "3"], said[-3000:]


@pytest.fixture(scope="module")
def local_stages(cluster_snakemake, checkout) -> dict[str, str]:
    """Digests of a run of every stage without a cluster."""
    return local(cluster_snakemake, checkout, EVERY_STAGE)


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["slurm-generic", "slurm"])
def test_every_stage_gives_the_tables_of_a_local_run(
    profile, slurm, cluster_snakemake, local_stages, checkout
):
    assert len(local_stages) > 15
    found, *_ = through(profile, cluster_snakemake, checkout, EVERY_STAGE)
    assert found == local_stages


@pytest.fixture(scope="module")
def whole_local(cluster_snakemake, checkout) -> dict[str, str]:
    """Digests of a run of all targets without a cluster."""
    run([cluster_snakemake, "--cores", "2", "--configfile", WHOLE], checkout, minutes=30)
    return digests(checkout)


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["slurm-generic", "slurm"])
def test_a_whole_run_gives_the_tables_of_a_local_run(
    profile, slurm, cluster_snakemake, whole_local, checkout
):
    before = set(slurm_jobs(checkout))
    start = time.monotonic()
    words = ["--configfile", WHOLE, "--profile", f"profiles/{profile}"]
    run([cluster_snakemake, *words], checkout, minutes=60)
    minutes = (time.monotonic() - start) / 60
    assert len(whole_local) > 100
    assert digests(checkout) == whole_local
    jobs = [row for job, row in slurm_jobs(checkout).items() if job not in before]
    print(f"{profile}: {len(whole_local)} tables, {len(jobs)} jobs, {minutes:.0f} min")
    assert {state for state, _, _ in jobs} == {"COMPLETED"}


def slurm_jobs(folder: Path) -> dict[str, tuple[str, str, str]]:
    """State, node and cores of each Slurm job of a folder, by its number."""
    queue = ["squeue", "--noheader", "--states=all", "--format=%A %T %N %C %Z"]
    said = subprocess.run(queue, capture_output=True, text=True, check=True).stdout
    rows = [row.split() for row in said.splitlines() if row.endswith(str(folder))]
    return {job: (state, node, cores) for job, state, node, cores, _ in rows}
