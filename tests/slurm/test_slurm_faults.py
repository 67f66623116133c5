"""What a profile makes of trouble: cancelled, too big, too long, lost nodes, restarts.

Both profiles go through the same trouble at the same time on the same Slurm.
"""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from loopback_slurm import PROFILES, loopback

ACTIVE = {"PENDING", "RUNNING", "CONFIGURING", "SUSPENDED"}
RULES = ("memory", "time", "cancelled", "crashed", "after")
# What the Slurm plugin says when squeue does not answer.
LOST = "Falling back to 'sacct'"
FIXTURE = Path(__file__).with_name("fixture") / "Snakefile"
pytestmark = [pytest.mark.slurm, pytest.mark.slow, pytest.mark.xdist_group("slurm")]


class Head:
    """A Snakemake process that submits the jobs of the fixture workflow through one profile."""

    def __init__(self, snakemake: Path, profiles: Path, profile: str, folder: Path) -> None:
        self.snakemake, self.profile, self.folder = snakemake, profile, folder
        folder.mkdir()
        shutil.copy(FIXTURE, folder)
        shutil.copytree(profiles, folder / "profiles")

    def start(self, target: str) -> None:
        self.said = self.folder / f"head.{time.monotonic_ns()}.log"
        with self.said.open("w") as log:
            self.process = subprocess.Popen(
                [self.snakemake, target, "--profile", f"profiles/{self.profile}"],
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def let_go(self) -> None:
        """Let the jobs end that wait for the test."""
        (self.folder / "go").touch()

    def end(self, seconds: float = 400) -> int:
        """Return the exit code; interrupt a run that hangs."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(200)
            raise

    def log(self) -> str:
        return self.said.read_text()

    def runs(self, rule: str) -> list[tuple[str, str, str]]:
        """What happened to a rule: (start or end, Slurm job, node), in order."""
        path = self.folder / "runs" / f"{rule}.txt"
        if not path.exists():
            return []
        lines = [line.split() for line in path.read_text().splitlines()]
        return [(event, job, node) for event, _, job, node in lines]

    def job(self, rule: str) -> tuple[str, str]:
        """Slurm job and node of the run of a rule that started last, once there is one."""
        wait_until(lambda: self.runs(rule), f"{rule} of {self.profile} to start")
        _, job, node = self.runs(rule)[-1]
        return job, node

    def finished(self) -> set[str]:
        """Rules of which Snakemake has said that they are done."""
        return set(re.findall(r"Finished jobid: \d+ \(Rule: (\w+)\)", self.log()))

    def states(self) -> dict[str, str]:
        """State of each Slurm job of this folder."""
        command = ["squeue", "--noheader", "--states=all", "--format=%A %T %Z"]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        rows = [line.split() for line in said.splitlines()]
        return {job: state for job, state, folder in rows if folder == str(self.folder)}


def wait_until(true: Callable[[], object], what: str, seconds: float = 600) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.5)


def without_controller(heads: list[Head]) -> None:
    """Take the controller away while jobs run, until the plugin has asked in vain.

    How long that takes depends on when the plugin asks next; after 90 s it is back in any case.
    """
    loopback("controller", "stop")
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and not any(LOST in head.log() for head in heads):
        time.sleep(0.5)
    loopback("controller", "start")


def outlive(head: Head) -> bool:
    """End a run that the controller left for a while; return whether it had to be started again.

    Where no slurmdbd is, the Slurm plugin 2.8.0 hangs if a question of its begins while the
    controller is away (docs/cluster.md): it asks sacct, which knows nothing.
    """
    wait_until(lambda: head.process.poll() is not None or LOST in head.log(), "the run to end", 400)
    if head.profile != "slurm" or LOST not in head.log():
        return False
    print(f"{head.profile}: {LOST}; interrupted and started again; {head.finished()} were done")
    head.process.send_signal(signal.SIGINT)
    head.end()
    head.start("faults")
    return True


def once(head: Head, rule: str) -> bool:
    """Whether the rule ran exactly once, from start to end."""
    return [event for event, *_ in head.runs(rule)] == ["start", "end"]


@pytest.fixture
def heads(slurm, cluster_snakemake, quick_profiles, tmp_path):
    made = [Head(cluster_snakemake, quick_profiles, name, tmp_path / name) for name in PROFILES]
    yield made
    for head in made:
        if head.process.poll() is None:
            os.killpg(head.process.pid, signal.SIGKILL)


def test_trouble_is_retried_and_nothing_is_lost(heads):
    for head in heads:
        head.start("faults")
    crashed = []
    for head in heads:
        subprocess.run(["scancel", head.job("cancelled")[0]], check=True)
        crashed.append(head.job("crashed")[1])
        loopback("crash", crashed[-1])
        head.let_go()
    for head in heads:
        head.job("time")
    finished = [head.finished() for head in heads]
    without_controller(heads)
    restarted = [outlive(head) for head in heads]
    codes = [head.end() for head in heads]
    for node in crashed:
        loopback("revive", node)
    for head, code, again, done in zip(heads, codes, restarted, finished, strict=True):
        assert code == 0, head.log()[-6000:]
        events = {rule: [e for e, *_ in head.runs(rule)] for rule in RULES}
        for rule in ("cancelled", "memory", "time", "crashed"):
            assert events[rule][-2:] == ["start", "end"], "ended early, then done"
            # Started again, the plugin makes anew what was running, and nothing else.
            if not again or rule in done:
                assert events[rule].count("end") == 1, (head.profile, rule)
                assert len(events[rule]) == 3 or rule == "time", (head.profile, rule)
        assert events["after"] == ["start", "end"]
        first, *_, last = (node for _, _, node in head.runs("crashed"))
        assert first != last, "the job of the lost node ran on another"
        states = head.states()
        assert states[head.runs("cancelled")[0][1]] == "CANCELLED"
        assert states[head.runs("crashed")[0][1]] == "NODE_FAIL"
        assert "TIMEOUT" in states.values()


def test_an_interrupted_run_leaves_no_job_and_goes_on_where_it_was(heads):
    for head in heads:
        head.start("restart")
    for head in heads:
        head.job("long")
        head.process.send_signal(signal.SIGINT)
    for head in heads:
        assert head.end() != 0
        wait_until(lambda h=head: ACTIVE.isdisjoint(h.states().values()), "the jobs to end", 60)
        assert not (head.folder / "out" / "long").exists()
        head.let_go()
        head.start("restart")
    for head in heads:
        assert head.end() == 0, head.log()[-6000:]
        assert once(head, "short"), "finished work is not done again"
        assert once(head, "last")


def test_a_killed_run_goes_on_without_a_second_writer(heads):
    for head in heads:
        head.start("restart")
    for head in heads:
        head.job("long")
        os.killpg(head.process.pid, signal.SIGKILL)
        head.process.wait()
        unlock = [head.snakemake, "restart", "--unlock"]
        subprocess.run(unlock, cwd=head.folder, check=True, capture_output=True)
    plugin, generic = heads
    generic.start("restart")
    wait = subprocess.Popen(["profiles/slurm/leftovers.sh"], cwd=plugin.folder)
    wait_until(lambda: "taking up job" in generic.log(), "the running job to be taken up")
    assert wait.poll() is None, "a job of this folder still runs"
    for head in heads:
        head.let_go()
    assert wait.wait(60) == 0
    plugin.start("restart")
    for head in heads:
        assert head.end() == 0, head.log()[-6000:]
        for rule in ("short", "long", "last"):
            assert once(head, rule), f"{rule} ran once, from start to end"
