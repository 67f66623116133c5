"""Policy of fetching without a network: registry, verification, resuming."""

import gzip
import hashlib
import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import requests
import yaml
from astropy.io import fits
from requests import exceptions as kinds

from chemtag.base.configuration import checked
from chemtag.base.problems import InputProblem
from chemtag.fetch.connection import Patience, Session, lasting, plain
from chemtag.fetch.datasets import (
    adql_of,
    check_orders,
    count_adql_of,
    data_path,
    datasets_needed,
    literal,
    mirrored,
    named_datasets,
    record_path,
)
from chemtag.fetch.integrity import WrongFile, page_title, record_digest, recorded_digest, verify
from chemtag.fetch.pages import Pages
from chemtag.fetch.transfer import resume_headers, total_bytes

ROOT = Path(__file__).resolve().parents[3]
EXTRACTS = ROOT.parent / "shared" / "data" / "apogee"
DATASETS = yaml.safe_load((ROOT / "config/datasets.yaml").read_text(encoding="utf-8"))


def test_registry_follows_its_schema():
    assert checked(DATASETS, ROOT / "workflow/schemas/datasets.schema.yaml", "x") == DATASETS


def test_registry_mistakes_are_sentences():
    wrong = {"stars": {**DATASETS["galah_dr4"], "sha1": "0"}}
    with pytest.raises(InputProblem, match="unknown key 'sha1'"):
        checked(wrong, ROOT / "workflow/schemas/datasets.schema.yaml", "config/datasets.yaml")


def test_published_sizes_of_fits_files_are_whole_blocks():
    sizes = {n: r["bytes"] for n, r in DATASETS.items() if r["format"] == "fits" and "bytes" in r}
    assert sizes
    assert {name: size % 2880 for name, size in sizes.items()} == dict.fromkeys(sizes, 0)


def test_what_is_not_verified_says_why():
    assert all(row.get("note") for row in DATASETS.values() if not row["verified"])


def test_every_file_has_a_place_of_its_own():
    paths = [data_path(name, row) for name, row in DATASETS.items()]
    assert len(set(paths)) == len(DATASETS)
    assert data_path("galah_dr4", DATASETS["galah_dr4"]) == Path(
        "resources/downloads/galah_dr4/galah_dr4_allstar_240705.fits"
    )
    assert record_path("galah_dr4") == Path("resources/downloads/galah_dr4/verified.json")


@pytest.mark.parametrize("name", ["occam_members_dr16", "occam_clusters_dr16"])
def test_real_occam_files_are_accepted(name):
    path = EXTRACTS / DATASETS[name]["file"]
    if not path.exists():
        pytest.skip(f"no survey extracts beside the checkout ({path})")
    assert verify(path, name, DATASETS[name], None, "")["bytes"] == DATASETS[name]["bytes"]


def test_names_at_any_depth():
    catalogs = {"a": {"dataset": "x", "members": [{"dataset": "y"}]}, "b": {"dataset": ["z", "x"]}}
    assert named_datasets(catalogs) == ["x", "y", "z"]
    assert named_datasets({"a": {"kind": "simulate"}}) == []


def test_unknown_dataset_names_the_nearest():
    config = {"catalogs": {"a": {"dataset": "galah_dr"}}}
    with pytest.raises(InputProblem, match=r"'galah_dr' .*did you mean 'galah_dr[34]'"):
        datasets_needed(config, DATASETS)
    assert datasets_needed({"catalogs": {}}, DATASETS) == []


def test_longest_prefix_of_the_mirrors_wins():
    mirrors = {"https://a/": "https://b/", "https://a/sas/dr17/": "file:///disk/"}
    assert mirrored("https://a/sas/dr17/x.fits", mirrors) == "file:///disk/x.fits"
    assert mirrored("https://a/sas/dr16/x.fits", mirrors) == "https://b/sas/dr16/x.fits"
    assert mirrored("https://c/x.fits", mirrors) == "https://c/x.fits"


def test_adql_names_columns_and_fixes_the_order():
    tap = {"table": "J/A/1/t", "columns": ["Name", "pm*"], "order_by": ["Name"]}
    assert adql_of(tap) == 'SELECT "Name", "pm*" FROM "J/A/1/t" ORDER BY "Name"'
    assert count_adql_of(tap) == 'SELECT COUNT(*) AS n FROM "J/A/1/t"'
    chosen = {**tap, "where": '"N" > 5'}
    assert adql_of(chosen) == 'SELECT "Name", "pm*" FROM "J/A/1/t" WHERE "N" > 5 ORDER BY "Name"'
    assert count_adql_of(chosen).endswith('WHERE "N" > 5')
    assert ' FROM "gaiadr3"."gaia_source" ORDER' in adql_of({**tap, "table": "gaiadr3.gaia_source"})


def test_adql_of_the_next_page():
    tap = {"table": "t", "columns": ["a", "b"], "order_by": ["a", "b"], "where": "c > 1 OR c < 0"}
    assert adql_of(tap, (literal("Hodge's 1", True), literal("-1.5e3", False))).endswith(
        "WHERE (c > 1 OR c < 0) AND (\"a\" > 'Hodge''s 1' OR (\"a\" = 'Hodge''s 1' AND \"b\" > "
        '-1.5e3)) ORDER BY "a", "b"'
    )


def test_digits_are_a_number_only_where_the_column_is_of_numbers():
    assert literal("0001234", True) == "'0001234'"
    assert literal("1234", False) == "1234"
    assert literal("1 OR 1=1", False) == "'1 OR 1=1'"


def test_a_table_is_ordered_by_columns_of_its_own():
    check_orders(DATASETS)
    row = DATASETS["hunt_reffert_2023_members"]
    wrong = {"stars": {**row, "tap": {**row["tap"], "order_by": ["Name", "recno"]}}}
    with pytest.raises(InputProblem, match=r"stars/tap/order_by names 'recno', .*`columns`"):
        check_orders(wrong)


def test_one_whole_page_is_read_in_a_stream(tmp_path):
    page, n_rows = tmp_path / "page.csv", 100_000
    page.write_text("id\n" + "".join(f"{i}\n" for i in range(n_rows)))
    pages = Pages(tmp_path / "whole.csv", ["id"], ["id"])
    tracemalloc.start()
    assert pages.add(page, "here") == n_rows
    pages.check_distinct("here")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 10 * n_rows, "a list and a set of the keys took 240 bytes a row"


SAME = {"url": "u", "etag": '"1"', "last_modified": "Mon", "total": 10}


@pytest.mark.parametrize(
    ("have", "changes", "url", "trusted", "expected"),
    [
        (0, {}, "u", True, {}),
        (4, {}, "u", False, {"Range": "bytes=4-", "If-Range": '"1"'}),
        (4, {"etag": 'W/"1"'}, "u", False, {"Range": "bytes=4-", "If-Range": "Mon"}),
        (4, {"etag": None}, "u", False, {"Range": "bytes=4-", "If-Range": "Mon"}),
        (4, {"etag": None, "last_modified": None}, "u", False, {"Range": "bytes=4-"}),
        (4, {"etag": None, "last_modified": None, "total": None}, "u", True, {}),
        (4, {}, "mirror", False, {}),
        (4, {}, "mirror", True, {"Range": "bytes=4-"}),
    ],
)
def test_what_lets_a_file_be_continued(have, changes, url, trusted, expected):
    assert resume_headers(url, have, {**SAME, **changes}, trusted) == expected


def test_pieces_without_validators_start_again():
    assert resume_headers("u", 4, {}, True) == {}


def test_total_size_of_a_response():
    assert total_bytes(200, {"Content-Length": "7"}, 0) == 7
    assert total_bytes(200, {}, 0) is None
    assert total_bytes(206, {"Content-Range": "bytes 4-9/10"}, 4) == 10
    assert total_bytes(206, {"Content-Range": "bytes 4-9/*"}, 4) is None
    for span in ("bytes 3-9/10", "pages 4-9/10", ""):
        with pytest.raises(Exception, match="instead of bytes from 4"):
            total_bytes(206, {"Content-Range": span}, 4)


@pytest.mark.parametrize(
    ("start", "title"),
    [
        (b"SIMPLE  =", None),
        (b"Name,Prob\n", None),
        (b'<?xml version="1.0"?><VOTABLE>', None),
        (b"\xef\xbb\xbf\n<!DOCTYPE HTML>\n<html><title> Log\n in </title>", "Log in"),
        (b"<html><body>", "no title"),
    ],
)
def test_html_pages_are_known_by_their_start(start, title):
    assert page_title(start) == title


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "t.fits"
    columns = [fits.Column("X", "D", array=np.arange(5000.0))]
    hdus = [fits.PrimaryHDU(), *(fits.BinTableHDU.from_columns(columns) for _ in range(2))]
    fits.HDUList(hdus).writeto(path)
    return path


def test_every_cut_of_a_fits_file_but_between_two_tables_is_seen(table):
    """Between two tables the rest is a whole FITS file: only size or digest can tell."""
    row = {"file": "t.fits", "format": "fits"}
    whole = table.read_bytes()
    with fits.open(table) as hdus:
        ends = {hdu.fileinfo()["datLoc"] + hdu.fileinfo()["datSpan"] for hdu in hdus}
    verify(table, "t", row, None, "")
    unseen = set()
    for size in [*range(2880, len(whole), 2880), 100, 5000, len(whole) - 1]:
        table.write_bytes(whole[:size])
        try:
            verify(table, "t", row, None, "")
        except WrongFile:
            continue
        unseen.add(size)
    assert unseen <= ends


def test_cut_and_damaged_gzip_is_seen(table):
    row = {"file": "t.fits.gz", "format": "fits.gz"}
    packed = gzip.compress(table.read_bytes())
    path = table.with_name("t.fits.gz")
    path.write_bytes(packed)
    assert verify(path, "t", row, None, "")["sha256"] == hashlib.sha256(packed).hexdigest()
    damaged = bytearray(packed)
    damaged[-6] ^= 1
    for wrong in (packed[:-1], packed[: len(packed) // 2], bytes(damaged), b"x" * 3000):
        path.write_bytes(wrong)
        with pytest.raises(WrongFile, match="gzip"):
            verify(path, "t", row, None, "")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Name,Prob\nNGC_1,0.5\n", None),
        ("Name,prob\nNGC_1,0.5\n", "found columns Name, prob, expected Name, Prob"),
        ("Name,Prob\n", "no rows"),
        ("Name,Prob\nNGC_1,0.5\nNGC_1\n", "found 1 values in row 2"),
        ("Name,Prob\nNGC_1,0.5\nNGC_2,0.5\n", "found 2 rows, expected 1"),
    ],
)
def test_csv_columns_and_rows(tmp_path, text, fault):
    tap = {"columns": ["Name", "Prob"], "rows": 1}
    row = {"file": "t.csv", "format": "csv", "tap": tap}
    path = tmp_path / "t.csv"
    path.write_text(text)
    if fault is None:
        assert verify(path, "t", row, None, "")["rows"] == 1
    else:
        with pytest.raises(WrongFile, match=fault):
            verify(path, "t", row, None, "")


def test_published_digest_of_any_algorithm(table):
    for algorithm in ("sha1", "sha256", "md5"):
        digest = hashlib.new(algorithm, table.read_bytes()).hexdigest()
        row = {"file": "t.fits", "format": "fits", "digest": f"{algorithm}:{digest}"}
        assert verify(table, "t", row, None, "")["checked_by"] == "published digest"
        wrong = {**row, "digest": f"{algorithm}:{'0' * len(digest)}"}
        with pytest.raises(WrongFile, match=rf"{table}: found {algorithm} {digest}, expected 000"):
            verify(table, "t", wrong, None, "")


def test_first_recorded_digest_stays(tmp_path):
    digests = tmp_path / "digests.yaml"
    assert recorded_digest(digests, "a") is None
    one, two = "a" * 64, "b" * 64
    record_digest(digests, "a", {"bytes": 1, "sha256": one, "dataset": "a"})
    record_digest(digests, "b", {"bytes": 2, "sha256": two, "rows": 3})
    record_digest(digests, "a", {"bytes": 9, "sha256": two})
    assert recorded_digest(digests, "a") == {"bytes": 1, "sha256": one}
    assert recorded_digest(digests, "b") == {"bytes": 2, "sha256": two, "rows": 3}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"a: [", "not readable as YAML"),
        (b"\xff\xfe\x00", "not readable as YAML"),
        (b"- a", "found no mapping of datasets"),
        (b"a: 5", "the entry a is '5', expected bytes and sha256"),
        (b"a: [1, 2]", "expected bytes and sha256"),
        (b"a: {bytes: many, sha256: " + b"0f" * 32 + b"}", "expected bytes and sha256"),
        (b"a: {bytes: 1, sha256: zz}", "expected bytes and sha256"),
        (b"a: {bytes: 1}", "expected bytes and sha256"),
        (b"a: {bytes: true, sha256: " + b"0f" * 32 + b"}", "expected bytes and sha256"),
    ],
)
def test_nonsense_in_the_recorded_digests_is_one_sentence(tmp_path, content, sentence):
    digests = tmp_path / "digests.yaml"
    digests.write_bytes(content)
    with pytest.raises(InputProblem, match=sentence) as problem:
        recorded_digest(digests, "a")
    assert "\n" not in str(problem.value)


def test_recorded_digests_that_are_no_file_do_not_hang(tmp_path):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("folder", "pipe"):
        with pytest.raises(InputProblem, match="no regular file"):
            recorded_digest(tmp_path / name, "a")


def answer(address, target):
    """A redirect from one address to another."""
    response = requests.Response()
    response.url, response.status_code = address, 302
    response.headers["Location"] = target
    return response


def test_https_is_never_left_for_http():
    session = Session(Patience())
    for target in ("http://mirror/a", "HTTP://host/a", "ftp://host/a", "file:///etc/passwd"):
        with pytest.raises(InputProblem, match=r"^https://host/a: .* out of https"):
            session.get_redirect_target(answer("https://ann:pw@host/a", target))
    for target in ("https://mirror/a", "/b", "//host/b", "?x"):
        assert session.get_redirect_target(answer("https://host/a", target)) == target
    assert session.get_redirect_target(answer("http://host/a", "http://b/")) == "http://b/"


@pytest.mark.parametrize(
    ("fault", "words", "stays"),
    [
        (
            kinds.SSLError("CERTIFICATE_VERIFY_FAILED: expired"),
            "the certificate is not valid",
            True,
        ),
        (kinds.SSLError("UNEXPECTED_EOF_WHILE_READING"), "no secure line", False),
        (kinds.TooManyRedirects("Exceeded 30"), "in a circle of redirects", True),
        (kinds.InvalidSchema("No connection adapters"), "no web address", True),
        (kinds.InvalidURL("http://"), "no web address", True),
        (kinds.ConnectionError("NameResolutionError: x"), "no such host is known", False),
        (kinds.ConnectionError("refused"), "the connection broke", False),
        (kinds.ReadTimeout("x"), "within the time limit", False),
    ],
)
def test_faults_have_their_true_names(fault, words, stays):
    assert words in plain(fault)
    assert lasting(fault) is stays


def test_a_task_of_predict_needs_the_datasets_whose_files_it_names():
    path = "resources/downloads/corogee_labels/corot_apogee_anders2017.fit"
    spectra = "resources/downloads/gaia_xp_continuous/gaia_xp_continuous.csv"
    tasks = {"ages": {"table": path}, "own": {"table": "my.fits", "xp": {"path": spectra}}}
    needed = datasets_needed({"catalogs": {}, "predict": tasks}, DATASETS)
    assert needed == ["corogee_labels", "gaia_xp_continuous"]
    assert datasets_needed({"predict": {"a": {"title": "corogee_labels"}}}, DATASETS) == []


def test_page_for_people_lists_every_dataset():
    page = (ROOT / "docs/data.md").read_text(encoding="utf-8")
    listed = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]
    assert listed == list(DATASETS)
