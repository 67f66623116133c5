"""Fetching onto a disk that is too small or fills up."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from archived_stars import PATH, QUICK

from chemtag.base.problems import InputProblem
from chemtag.fetch.fetching import fetch


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 320 kB, where one can be mounted."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = shutil.which("mount")
    options = ["-t", "tmpfs", "-o", "size=320k", "tmpfs", str(folder)]
    if (
        mount is None
        or os.geteuid()
        or subprocess.run([mount, *options], capture_output=True).returncode
    ):
        pytest.skip("no tmpfs can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_too_small_disk_is_said_before_the_first_byte(archive, row, stars, small_disk):
    with pytest.raises(InputProblem, match=rf"{len(stars)} more bytes needed, \d+ free"):
        fetch("stars", row, small_disk, patience=QUICK)


def test_disk_that_fills_up(archive, row, stars, small_disk):
    archive.faults[PATH] = ["close"]
    with pytest.raises(InputProblem, match=r"disk is full: .* needed, \d+ free; make room"):
        fetch("stars", row, small_disk, patience=QUICK)
    assert not (small_disk / "stars/stars.fits").exists()
    assert 0 < (small_disk / "stars/.stars.fits.partial").stat().st_size < len(stars)


def test_disk_that_fills_up_without_a_small_disk(archive, row, stars, tmp_path, monkeypatch):
    class Full:
        def __init__(self, stream):
            self.stream, self.room = stream, 200_000

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.stream.close()

        def write(self, chunk):
            if self.room <= 0:
                raise OSError(28, "No space left on device")
            self.room -= len(chunk)
            return self.stream.write(chunk)

    opened = Path.open

    def full_open(self, mode="r", *args, **kwargs):
        stream = opened(self, mode, *args, **kwargs)
        return Full(stream) if self.name.endswith(".partial") and mode[0] in "wa" else stream

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", full_open)
        with pytest.raises(InputProblem, match=r"disk is full: \d+ more bytes needed, \d+ free"):
            fetch("stars", row, tmp_path, patience=QUICK)
    fetch("stars", row, tmp_path, patience=QUICK)
    assert archive.asked(PATH)[1] is not None, "with room again it goes on"
