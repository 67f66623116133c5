"""Fetching from a real HTTP server on 127.0.0.1 that has the bad days of real ones."""

import gzip
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from archived_stars import PATH, QUICK

from chemtag.base.problems import InputProblem
from chemtag.fetch import transfer
from chemtag.fetch.connection import Patience
from chemtag.fetch.fetching import fetch

ROOT = Path(__file__).resolve().parents[2]


def sha1(body):
    return "sha1:" + hashlib.sha1(body).hexdigest()


def leftovers(folder):
    return sorted(p.name for p in folder.iterdir() if not p.name.endswith(".lock"))


def test_whole_file_takes_its_name_and_its_digest_is_recorded(archive, row, stars, tmp_path):
    facts = fetch("stars", row, tmp_path, patience=QUICK)
    assert (tmp_path / "stars/stars.fits").read_bytes() == stars
    assert leftovers(tmp_path / "stars") == ["stars.fits"]
    sha256 = hashlib.sha256(stars).hexdigest()
    assert facts["sha256"] == sha256
    recorded = yaml.safe_load((tmp_path / "digests.yaml").read_text())
    assert recorded == {"stars": {"bytes": len(stars), "sha256": sha256}}


def test_file_that_is_there_is_verified_and_not_downloaded(archive, row, tmp_path):
    first = fetch("stars", row, tmp_path, patience=QUICK)
    assert fetch("stars", row, tmp_path, patience=QUICK) == first
    assert archive.asked(PATH) == [None]


@pytest.mark.parametrize("tenth", range(10))
def test_resumes_at_every_tenth_after_an_interrupted_run(archive, row, stars, tmp_path, tenth):
    once = Patience(connect=2, read=0.4, attempts=1)
    archive.faults[PATH] = [f"reset {tenth / 10}"]
    with pytest.raises(InputProblem, match=r"goes on from there"):
        fetch("stars", row, tmp_path, patience=once)
    assert not (tmp_path / "stars/stars.fits").exists()
    partial = tmp_path / "stars/.stars.fits.partial"
    have = partial.stat().st_size if partial.exists() else 0
    assert have >= len(stars) * tenth / 10 - transfer.CHUNK
    fetch("stars", row, tmp_path, patience=once)
    assert (tmp_path / "stars/stars.fits").read_bytes() == stars
    assert archive.asked(PATH) == [None, f"bytes={have}-" if have else None]
    assert leftovers(tmp_path / "stars") == ["stars.fits"]


@pytest.mark.parametrize(
    "faults",
    [["503"], ["502", "500", "429"], ["reset 0.6"], ["end 0.3", "reset 0.5"], ["stall 0.5"]],
    ids="-".join,
)
def test_passing_faults_are_tried_again(archive, row, stars, tmp_path, faults):
    archive.faults[PATH] = list(faults)
    fetch("stars", row, tmp_path, patience=QUICK)
    assert (tmp_path / "stars/stars.fits").read_bytes() == stars
    assert len(archive.asked(PATH)) == len(faults) + 1


def test_tries_are_counted_from_the_last_new_byte(archive, row, stars, tmp_path):
    archive.faults[PATH] = ["503", "503", "reset 0.5", "503", "503", "reset 0.5", "503", "503"]
    fetch("stars", row, tmp_path, patience=QUICK)
    assert (tmp_path / "stars/stars.fits").read_bytes() == stars


def test_gives_up_with_a_sentence(archive, row, tmp_path):
    archive.faults[PATH] = ["503"] * 20
    with pytest.raises(InputProblem) as problem:
        fetch("stars", row, tmp_path, patience=QUICK)
    for words in (row["urls"][0], "503", "4 times", "by hand", "stars/stars.fits", "mirrors"):
        assert words in str(problem.value)


@pytest.mark.parametrize("fault", ["reset 0.5", ""])
def test_server_without_range_starts_again(archive, row, stars, tmp_path, fault):
    archive.ranges = False
    archive.faults[PATH] = [fault]
    fetch("stars", row, tmp_path, patience=QUICK)
    assert (tmp_path / "stars/stars.fits").read_bytes() == stars


@pytest.mark.parametrize("fault", ["close", "chunked"])
def test_body_of_unannounced_length(archive, row, stars, tmp_path, fault):
    archive.faults[PATH] = [fault]
    fetch("stars", row, tmp_path, patience=QUICK)
    assert (tmp_path / "stars/stars.fits").read_bytes() == stars


def test_changed_file_is_never_joined_to_old_pieces(archive, row, stars, tmp_path):
    archive.faults[PATH] = ["reset 0.5"]
    with pytest.raises(InputProblem):
        fetch("stars", row, tmp_path, patience=Patience(attempts=1))
    newer = stars[:-2880] + bytes(2880)
    archive.files[PATH] = newer
    fetch("stars", row, tmp_path, patience=QUICK)
    assert (tmp_path / "stars/stars.fits").read_bytes() == newer


def test_pieces_of_two_versions_are_fetched_anew_if_the_digest_tells(archive, row, stars, tmp_path):
    archive.validators = False
    archive.faults[PATH] = ["reset 0.5"]
    archive.files[PATH] = b"SIMPLE  =" + bytes(len(stars) - 9)
    row["digest"] = sha1(stars)
    with pytest.raises(InputProblem):
        fetch("stars", row, tmp_path, patience=Patience(attempts=1))
    archive.files[PATH] = stars
    fetch("stars", row, tmp_path, patience=QUICK)
    assert (tmp_path / "stars/stars.fits").read_bytes() == stars
    assert archive.asked(PATH)[1].startswith("bytes=")
    assert archive.asked(PATH)[2] is None


def test_whole_partial_file_needs_no_new_bytes(archive, row, stars, tmp_path):
    archive.faults[PATH] = ["reset 0.5"]
    with pytest.raises(InputProblem):
        fetch("stars", row, tmp_path, patience=Patience(attempts=1))
    (tmp_path / "stars/.stars.fits.partial").write_bytes(stars)
    fetch("stars", row, tmp_path, patience=QUICK)
    assert (tmp_path / "stars/stars.fits").read_bytes() == stars
    assert archive.asked(PATH) == [None, f"bytes={len(stars)}-"]


def test_server_that_sends_less_than_the_range_asked_for(archive, row, stars, tmp_path):
    archive.faults[PATH] = ["reset 0.3", "less"]
    fetch("stars", row, tmp_path, patience=QUICK)
    assert (tmp_path / "stars/stars.fits").read_bytes() == stars
    assert [bool(asked) for asked in archive.asked(PATH)] == [False, True, True]


def assert_refused(row, folder, *words):
    with pytest.raises(InputProblem) as problem:
        fetch("stars", row, folder, patience=QUICK)
    for word in words:
        assert word in str(problem.value)
    assert "\n" not in str(problem.value)
    assert leftovers(folder / "stars") == []
    assert not (folder / "digests.yaml").exists()


def test_wrong_digest(archive, row, stars, tmp_path):
    row["digest"] = "sha1:" + 40 * "0"
    assert_refused(row, tmp_path, row["urls"][0], sha1(stars)[5:], 40 * "0", "by hand", "mirrors")


def test_wrong_size(archive, row, stars, tmp_path):
    row["bytes"] = len(stars) + 2880
    assert_refused(row, tmp_path, row["urls"][0], str(len(stars)), str(row["bytes"]))


def test_truncated_body_with_200(archive, row, tmp_path):
    archive.faults[PATH] = ["short"]
    assert_refused(row, tmp_path, row["urls"][0], "truncated")


def test_truncated_gzip_with_200(archive, row, stars, tmp_path):
    archive.files[PATH] = gzip.compress(stars)
    archive.faults[PATH] = ["short"]
    row |= {"format": "fits.gz"}
    assert_refused(row, tmp_path, row["urls"][0], "truncated or damaged gzip")


def test_gzip_file_labelled_as_encoding_stays_compressed(archive, row, stars, tmp_path):
    archive.files[PATH] = gzip.compress(stars)
    archive.faults[PATH] = ["encoded"] * 9
    fetch("stars", row | {"format": "fits.gz"}, tmp_path, patience=QUICK)
    assert len(archive.asked(PATH)) == 1
    assert (tmp_path / "stars/stars.fits").read_bytes() == archive.files[PATH]


def test_html_page_with_200(archive, row, tmp_path):
    archive.faults[PATH] = ["html"]
    assert_refused(row, tmp_path, row["urls"][0], "HTML page (Down for maintenance)")
    assert len(archive.asked(PATH)) == 1


def test_html_page_leaves_the_pieces_that_arrived(archive, row, stars, tmp_path):
    archive.faults[PATH] = ["reset 0.5", "html"]
    with pytest.raises(InputProblem, match="HTML page"):
        fetch("stars", row, tmp_path, patience=QUICK)
    assert ".stars.fits.partial" in leftovers(tmp_path / "stars")
    fetch("stars", row, tmp_path, patience=QUICK)
    assert archive.asked(PATH)[-1] is not None


def test_moved_file_and_second_address(archive, row, stars, tmp_path):
    archive.faults[PATH] = ["404", ""]
    row["urls"] = [archive.url + PATH, archive.url + PATH + "?mirror"]
    fetch("stars", row, tmp_path, patience=QUICK)
    archive.faults[PATH] = ["404"]
    row["urls"] = row["urls"][:1]
    assert_refused(row, tmp_path / "again", "404", "config/datasets.yaml")


def test_redirect(archive, row, stars, tmp_path):
    archive.faults[PATH] = ["redirect"]
    fetch("stars", row, tmp_path, patience=QUICK)
    assert (tmp_path / "stars/stars.fits").read_bytes() == stars


def test_recorded_digest_is_enforced(archive, row, stars, tmp_path):
    fetch("stars", row, tmp_path, patience=QUICK)
    (tmp_path / "stars/stars.fits").unlink()
    archive.files[PATH] = stars[:-2880] + bytes(2880)
    with pytest.raises(InputProblem, match=r"expected .*digests\.yaml.*remove its entry"):
        fetch("stars", row, tmp_path, patience=QUICK)


def test_hand_placed_file_is_verified_by_the_same_code(archive, row, stars, tmp_path):
    placed = tmp_path / "stars/stars.fits"
    placed.parent.mkdir()
    row["digest"] = sha1(stars)
    placed.write_bytes(stars)
    fetch("stars", row, tmp_path, patience=QUICK)
    placed.write_bytes(stars[:-2880] + bytes(2880))
    (tmp_path / "digests.yaml").unlink()
    with pytest.raises(InputProblem, match="placed it by hand"):
        fetch("stars", row, tmp_path, patience=QUICK)
    assert placed.exists(), "a file of the user is never removed"
    assert archive.requests == []


def test_mirrors_and_local_folders(archive, row, stars, tmp_path):
    row["urls"] = ["https://data.example.org/sas/stars.fits"]
    prefix = "https://data.example.org/"
    fetch("stars", row, tmp_path / "a", {prefix: f"{archive.url}/"}, QUICK)
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk/stars.fits").write_bytes(stars)
    requests = len(archive.requests)
    folder = (tmp_path / "disk").as_uri() + "/"
    fetch("stars", row, tmp_path / "b", {prefix: "http://no/", prefix + "sas/": folder}, QUICK)
    assert (tmp_path / "b/stars/stars.fits").read_bytes() == stars
    assert len(archive.requests) == requests
    with pytest.raises(InputProblem, match=r"no such file.*mirrors"):
        fetch("stars", row, tmp_path / "c", {prefix: folder}, QUICK)


def test_two_processes_at_once_fetch_it_once(archive, row, stars, tmp_path):
    archive.chunk_pause = 0.3
    code = (
        "import json, logging, sys; from chemtag.fetch.fetching import fetch; "
        "logging.basicConfig(level='INFO'); "
        "print(json.dumps(fetch('stars', json.loads(sys.argv[1]), sys.argv[2])))"
    )
    command = [sys.executable, "-c", code, json.dumps(row), str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow/scripts")}
    jobs = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    outputs = [job.communicate(timeout=30) for job in jobs]
    assert [job.returncode for job in jobs] == [0, 0], outputs
    assert outputs[0][0] == outputs[1][0]
    assert sum(b"waiting for it" in errors for _, errors in outputs) == 1
    assert archive.asked(PATH) == [None]
    assert (tmp_path / "stars/stars.fits").read_bytes() == stars


SNAKEFILE = """
import sys
from chemtag.fetch.datasets import datasets_needed
import yaml
config = yaml.safe_load(open("run.yaml"))
DATASETS = yaml.safe_load(open("datasets.yaml"))
pathvars:
    results="results", logs="logs", benchmarks="benchmarks"
def one_of(names):
    return "|".join(names)
def version_of(script):
    return ""
def of_config(path, default=None):
    return config.get(path, default)
include: {rules!r}
"""


def test_snakemake_fetch_gets_and_verifies_what_the_catalogs_name(archive, row, stars, tmp_path):
    rules, scripts = ROOT / "workflow/rules/fetch.smk", str(ROOT / "workflow/scripts")
    (tmp_path / "Snakefile").write_text(SNAKEFILE.format(rules=str(rules), scripts=scripts))
    catalogs = {"survey": {"dataset": "stars", "members": {"dataset": "placed"}}, "other": {}}
    (tmp_path / "run.yaml").write_text(
        yaml.safe_dump({"catalogs": catalogs, "mirrors": {"https://x/": archive.url + "/"}})
    )
    row["urls"] = ["https://x" + PATH]
    datasets = {"stars": row, "placed": {**row, "digest": sha1(stars)}, "unused": row}
    (tmp_path / "datasets.yaml").write_text(yaml.safe_dump(datasets))
    folder = tmp_path / "resources/downloads"
    wrong = stars[:-2880] + bytes(2880)
    (folder / "placed").mkdir(parents=True)
    (folder / "placed/stars.fits").write_bytes(wrong)
    run = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "2", "--keep-going", "fetch"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": scripts},
        capture_output=True,
        text=True,
    )
    assert (folder / "stars/stars.fits").read_bytes() == stars, run.stderr
    assert json.loads((folder / "stars/verified.json").read_text())["citation"] == ["2000Test"]
    assert run.returncode != 0
    assert "placed it by hand" in run.stderr
    assert (folder / "placed/stars.fits").read_bytes() == wrong, "a file of the user stays"
    assert leftovers(folder) == ["digests.yaml", "placed", "stars"]
    assert len(archive.asked(PATH)) == 1
