"""Servers and folders that no patience helps with: said at once; nothing hangs or overflows."""

import os
import shutil
import ssl
import subprocess
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from archived_stars import PATH, QUICK

from chemtag.base.problems import InputProblem
from chemtag.fetch.fetching import fetch


def refusal(row, folder, patience=QUICK, mirrors=None):
    with pytest.raises(InputProblem) as problem:
        fetch("stars", row, folder, mirrors, patience)
    assert "\n" not in str(problem.value)
    return str(problem.value)


def test_a_body_without_end_is_cut_at_the_bytes_expected(archive, row, stars, tmp_path):
    archive.faults[PATH] = ["endless"]
    row["bytes"] = len(stars)
    assert f"sends more than the {len(stars)} bytes expected" in refusal(row, tmp_path)
    assert [p.name for p in (tmp_path / "stars").iterdir()] == [".stars.fits.lock"]


def test_a_body_of_just_the_bytes_expected_is_taken(archive, row, stars, tmp_path):
    archive.faults[PATH] = ["close"]
    assert fetch("stars", {**row, "bytes": len(stars)}, tmp_path, patience=QUICK)


def test_a_body_that_drips_is_given_up(archive, row, tmp_path):
    archive.faults[PATH] = ["drip"] * 9
    start = time.monotonic()
    said = refusal(row, tmp_path, replace(QUICK, slow=0.2))
    assert "bytes arrived in 0 s, 4 times in a row" in said
    assert time.monotonic() - start < 10


def test_a_circle_of_redirects_is_asked_once(archive, row, tmp_path):
    archive.faults[PATH] = ["circle"]
    assert "in a circle of redirects" in refusal(row, tmp_path)
    assert len(archive.asked(PATH)) == 31, "the limit of requests, once"


@pytest.mark.parametrize("target", ["file:///etc/hostname", "ftp://127.0.0.1/a", "gopher://x"])
def test_a_redirect_to_no_web_address_is_asked_once(archive, row, tmp_path, target):
    archive.faults[PATH] = [f"away {target}"]
    assert "what is no web address" in refusal(row, tmp_path)
    assert len(archive.asked(PATH)) == 1


def test_a_mirror_that_is_no_file_is_named(row, archive, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    mirrors = {row["urls"][0]: f"file://{tmp_path}/pipe"}
    assert "no file but something else" in refusal(row, tmp_path / "d", mirrors=mirrors)


@pytest.mark.parametrize("kind", ["folder", "pipe", "partial folder", "partial pipe", "link"])
def test_what_lies_where_the_file_shall_be_is_named(archive, row, tmp_path, kind):
    (tmp_path / "stars").mkdir()
    name = ".stars.fits.partial" if "partial" in kind else "stars.fits"
    path = tmp_path / "stars" / name
    if "folder" in kind:
        path.mkdir()
    elif "pipe" in kind:
        os.mkfifo(path)
    else:
        path.symlink_to("/nowhere/stars.fits")
    said = refusal(row, tmp_path)
    assert str(path) in said
    assert ("is a link to" if kind == "link" else "expected the file; move it away") in said
    assert archive.asked(PATH) == []


@pytest.mark.parametrize("place", ["stars", "."])
def test_a_file_where_the_folder_shall_be_is_named(archive, row, tmp_path, place):
    downloads = tmp_path / "downloads"
    if place == ".":
        downloads.write_text("")
    else:
        downloads.mkdir()
        (downloads / place).write_text("")
    assert "cannot be made a folder" in refusal(row, downloads)


def test_a_folder_in_the_place_of_the_lock_is_named(archive, row, tmp_path):
    (tmp_path / "stars" / ".stars.fits.lock").mkdir(parents=True)
    assert "cannot be locked" in refusal(row, tmp_path)


def test_credentials_are_in_no_message(archive, row, tmp_path, caplog):
    caplog.set_level("INFO")
    address = archive.url.replace("://", "://ann:secret@")
    archive.faults[PATH] = ["503", "html"]
    said = refusal(row, tmp_path, mirrors={archive.url: address})
    assert archive.url + PATH in said
    assert "secret" not in said + caplog.text


@pytest.fixture
def self_signed(tmp_path):
    """Address of a server with a certificate of its own making."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    words = "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 1 -subj /CN=x"
    subprocess.run(["openssl", *words.split()], cwd=tmp_path, check=True, capture_output=True)
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_certificate_that_is_not_valid_is_said_at_once(archive, row, self_signed, tmp_path):
    start = time.monotonic()
    patience = replace(QUICK, first_wait=60, longest_wait=60)
    said = refusal(row, tmp_path / "d", patience, {archive.url: self_signed})
    assert "the certificate is not valid" in said
    assert time.monotonic() - start < 20
