"""Files that are there whole or not at all, also after a writer was killed."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from chemtag.base import tables
from chemtag.base.files import whole_file, write_whole

KILLED = """
import os, signal, sys
from chemtag.base.files import whole_file
with whole_file(sys.argv[1]) as partial:
    partial.write_text("half")
    print("writing", flush=True)
    signal.pause()
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def writer(tmp_path):
    """A process that has written half of a file in `tmp_path` and goes on."""
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, tmp_path / "a.json"], stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"writing\n"
    yield process
    process.kill()
    process.communicate()


def test_the_target_is_there_only_when_it_is_whole(tmp_path):
    target = tmp_path / "new" / "a.json"
    with whole_file(target) as partial:
        partial.write_text("half")
        name = f".a.json.{socket.gethostname()}.{os.getpid()}.partial.json"
        assert names(target.parent) == [name] == [partial.name]
        partial.write_text("whole")
    assert target.read_text() == "whole"
    assert names(target.parent) == ["a.json"]


def test_after_an_error_the_target_is_what_it_was(tmp_path):
    write_whole(tmp_path / "a.json", "old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(tmp_path / "a.json", "half \ud800")
    assert (tmp_path / "a.json").read_text() == "old"
    assert names(tmp_path) == ["a.json"]


def test_what_a_killed_writer_left_goes_with_the_next(tmp_path, writer):
    (left,) = names(tmp_path)
    writer.send_signal(signal.SIGKILL)
    # Not waited for: a dead process that nobody has asked after still has its number.
    os.waitid(os.P_PID, writer.pid, os.WEXITED | os.WNOWAIT)
    host = socket.gethostname()
    others = [
        f".b.json.{host}.7.partial.json",
        f".a.json.{host}x.7.partial.json",
        ".a.json.partial.json",
        f".a.json.{host}.x.partial.json",
        "a.json.7",
    ]
    for name in others:
        (tmp_path / name).touch()
    write_whole(tmp_path / "a.json", "whole")
    assert names(tmp_path) == sorted([*others, "a.json"]), left


def test_a_writer_of_the_same_number_on_another_host_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "node7")
    with whole_file(tmp_path / "a.json") as theirs:
        theirs.write_text("half")
        monkeypatch.setattr(socket, "gethostname", lambda: "node8")
        write_whole(tmp_path / "a.json", "ours")
        assert theirs.read_text() == "half"
        assert names(tmp_path) == [theirs.name, "a.json"]


def test_what_another_process_writes_is_left_to_it(tmp_path, writer):
    (theirs,) = names(tmp_path)
    write_whole(tmp_path / "a.json", "ours")
    assert names(tmp_path) == [theirs, "a.json"]
    assert (tmp_path / theirs).read_text() == "half"


def test_a_table_that_cannot_be_written_leaves_nothing(tmp_path, monkeypatch):
    def half(table, path, *rest):
        path.write_text("half")
        raise OSError("no space left on device")

    monkeypatch.setattr(tables, "_write_parquet", half)
    stars = pd.DataFrame({"star_id": ["a"], "cluster": ["X"], "probability": 1.0, "source": "s"})
    with pytest.raises(OSError, match="no space"):
        tables.write_table(stars, tmp_path / "members.parquet", "members")
    assert names(tmp_path) == []
