"""Tables of a TAP service, from a server on 127.0.0.1 that has the bad days of real ones."""

import pytest

from archive_server import running
from chemtag.base.problems import InputProblem
from chemtag.fetch.connection import Patience
from chemtag.fetch.fetching import fetch

QUICK = Patience(connect=2, read=0.4, attempts=4, first_wait=0.01, longest_wait=0.05, query=2)


@pytest.fixture
def archive(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with running() as archive:
        yield archive


@pytest.fixture
def row(archive):
    tap = {"services": [archive.url + "/tap"], "table": "J/A/1/members"}
    tap |= {"columns": ["Name", "GaiaDR3"], "order_by": ["Name"]}
    archive.table = b"Name,GaiaDR3\n" + b"".join(b"NGC_1,%d\n" % (10**18 + i) for i in range(500))
    archive.rows = 500
    return {"file": "members.csv", "format": "csv", "tap": tap}


def test_tap_table(archive, row, tmp_path):
    facts = fetch("members", row, tmp_path, patience=QUICK)
    assert (tmp_path / "members/members.csv").read_bytes() == archive.table
    assert facts["rows"] == 500
    asked = dict(archive.requests)
    assert asked["/tap/async"] == 'SELECT "Name", "GaiaDR3" FROM "J/A/1/members" ORDER BY "Name"'
    assert "DELETE /tap/async/7" in asked


def test_tap_result_is_resumed_and_retried(archive, row, tmp_path):
    archive.faults["/tap/sync"] = ["503"]
    archive.faults["/tap/async/7/results/result"] = ["reset 0.5", "503"]
    fetch("members", row, tmp_path, patience=QUICK)
    assert (tmp_path / "members/members.csv").read_bytes() == archive.table


def test_tap_error_votable(archive, row, tmp_path):
    archive.tap_error = "Unknown column &quot;GaiaDR3&quot; !"
    archive.columns = ["Name", "Source"]
    with pytest.raises(InputProblem) as problem:
        fetch("members", row, tmp_path, patience=QUICK)
    for words in ("/tap", 'Unknown column "GaiaDR3" !', "columns Name, Source", "datasets.yaml"):
        assert words in str(problem.value)
    assert [p for p in (tmp_path / "members").iterdir() if p.suffix != ".lock"] == []


def test_tap_job_that_fails(archive, row, tmp_path):
    archive.job_error = "Time out! (=2hours)"
    with pytest.raises(InputProblem, match=r"Time out! \(=2hours\)"):
        fetch("members", row, tmp_path, patience=QUICK)


def test_tap_table_cut_at_a_row_limit(archive, row, tmp_path):
    archive.rows = 501
    with pytest.raises(InputProblem, match="found 500 rows, expected 501"):
        fetch("members", row, tmp_path, patience=QUICK)


def test_tap_table_that_was_revised(archive, row, tmp_path):
    row["tap"]["rows"] = 499
    with pytest.raises(InputProblem, match="has 500 rows, expected 499; it was revised"):
        fetch("members", row, tmp_path, patience=QUICK)


def test_tap_service_that_is_down(archive, row, tmp_path):
    archive.faults["/tap/sync"] = ["503"] * 20
    with pytest.raises(InputProblem, match="gave no answer"):
        fetch("members", row, tmp_path, patience=QUICK)


def test_second_service_and_local_folder(archive, row, tmp_path):
    down = "https://tap.example.org/tap"
    row["tap"]["services"] = [down, archive.url + "/tap"]
    fetch("members", row, tmp_path / "a", {down: archive.url + "/nowhere"}, QUICK)
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk/members.csv").write_bytes(archive.table)
    row["tap"]["services"] = [down]
    facts = fetch("members", row, tmp_path / "b", {down: (tmp_path / "disk").as_uri()}, QUICK)
    assert facts["rows"] == 500
