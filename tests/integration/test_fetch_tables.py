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


@pytest.mark.parametrize("limit", [7, 250, 499])
@pytest.mark.parametrize("order", [["GaiaDR3"], ["Name", "GaiaDR3"]])
def test_tap_table_beyond_a_row_limit_is_put_together(archive, row, tmp_path, limit, order):
    row["tap"]["order_by"] = order
    rows = [f"O'Neil_{i // 100},{10**18 + i}" for i in range(500)]
    archive.table = "\n".join(["Name,GaiaDR3", *rows]).encode()
    archive.row_limit = limit
    facts = fetch("members", row, tmp_path, patience=QUICK)
    assert (tmp_path / "members/members.csv").read_bytes() == archive.table
    assert facts["rows"] == 500
    asked = [query for path, query in archive.requests if path == "/tap/async"]
    assert len(asked) == -(-500 // limit)
    assert [p.name for p in (tmp_path / "members").iterdir() if "page" in p.name] == []


def test_tap_pages_of_a_size_that_is_asked_for(archive, row, tmp_path):
    row["tap"] |= {"order_by": ["GaiaDR3"], "page": 200, "where": "\"Name\" = 'NGC_1'"}
    archive.row_limit = 10_000
    fetch("members", row, tmp_path, patience=QUICK)
    # The last line of a page may lack its end.
    assert (tmp_path / "members/members.csv").read_bytes() == archive.table.rstrip()
    asked = [query for path, query in archive.requests if path == "/tap/async"]
    assert len(asked) == 3
    assert asked[1] == (
        'SELECT TOP 200 "Name", "GaiaDR3" FROM "J/A/1/members" WHERE ("Name" = \'NGC_1\') AND '
        '"GaiaDR3" > 1000000000000000199 ORDER BY "GaiaDR3"'
    )


def test_tap_rows_that_no_order_tells_apart_are_no_whole_table(archive, row, tmp_path):
    archive.row_limit = 100  # all rows are of NGC_1, so that none comes after the first page
    with pytest.raises(InputProblem, match=r"gave 100 rows of 500 .*`order_by`"):
        fetch("members", row, tmp_path, patience=QUICK)
    assert not list((tmp_path / "members").glob("*members.csv*.partial*"))


def test_tap_service_that_takes_no_condition(archive, row, tmp_path):
    archive.rows = 501  # and gives the same 500 rows whatever is asked
    with pytest.raises(InputProblem, match="repeats rows of a page before"):
        fetch("members", row, tmp_path, patience=QUICK)


@pytest.mark.parametrize("third", ["1,10,2", "8,9,2"], ids=["a whole page", "one row"])
def test_tap_rows_repeated_after_a_page_between_are_refused(archive, row, tmp_path, third):
    row["tap"] |= {"columns": ["id"], "order_by": ["id"]}
    archive.table, archive.rows = b"id\n1\n", 9
    pages = ["1,10,2", "3,4,5", third]
    archive.pages = ["\n".join(["id", *page.split(",")]).encode() for page in pages]
    with pytest.raises(InputProblem, match=r"repeats rows of a page before.*`order_by`"):
        fetch("members", row, tmp_path, patience=QUICK)
    assert [p.name for p in (tmp_path / "members").iterdir()] == [".members.csv.lock"]


@pytest.mark.parametrize("width", [0, 7], ids=["plain", "leading zeros"])
def test_tap_text_of_digits_stays_text(archive, row, tmp_path, width):
    row["tap"]["order_by"] = ["Name"]
    names = sorted(f"{i:0{width}d}" for i in range(1, 31))
    archive.table = "\n".join(["Name,GaiaDR3", *(f"{name},7" for name in names)]).encode()
    archive.rows, archive.row_limit, archive.texts = 30, 8, ("Name",)
    fetch("members", row, tmp_path, patience=QUICK)
    assert (tmp_path / "members/members.csv").read_bytes() == archive.table
    asked = [query for path, query in archive.requests if path == "/tap/async"]
    assert f"\"Name\" > '{names[7]}'" in asked[1]


@pytest.mark.parametrize("limit", [100, 500], ids=["pages", "one page"])
def test_tap_service_that_spells_headings_in_another_case(archive, row, tmp_path, limit):
    row["tap"]["order_by"] = ["GaiaDR3"]
    asked_for = archive.table.rstrip()
    archive.table = archive.table.replace(b"Name,GaiaDR3", b"NAME,GAIADR3")
    archive.row_limit = limit
    fetch("members", row, tmp_path, patience=QUICK)
    assert (tmp_path / "members/members.csv").read_bytes() == asked_for


def test_tap_key_that_the_answer_lacks_is_missed_for_a_second_page_only(archive, row, tmp_path):
    row["tap"] |= {"columns": ["Name"], "order_by": ["GaiaDR3"]}
    whole = b"Name\n" + b"NGC_1\n" * 500
    archive.pages = [whole]
    fetch("members", row, tmp_path / "one", patience=QUICK)
    archive.pages = [whole]
    archive.rows = 501
    with pytest.raises(InputProblem, match=r"stops at 500 rows .*without GaiaDR3 \(`order_by`\)"):
        fetch("members", row, tmp_path / "two", patience=QUICK)


def test_tap_table_with_more_rows_than_it_counts(archive, row, tmp_path):
    archive.rows = 499
    with pytest.raises(InputProblem, match="gave 500 rows of 499"):
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
