"""A small archive on 127.0.0.1 that serves files and TAP tables, bad days included.

Each path has a file and a list of faults; each GET of the path takes the next fault, then none.
"""

import csv
import hashlib
import re
import socket
import sqlite3
import struct
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

UWS = 'xmlns="http://www.ivoa.net/xml/UWS/v1.0" xmlns:xlink="http://www.w3.org/1999/xlink"'
VOTABLE = 'xmlns="http://www.ivoa.net/xml/VOTable/v1.3" version="1.3"'
ERROR_VOTABLE = (
    f'<?xml version="1.0"?><VOTABLE {VOTABLE}><RESOURCE type="results">'
    '<INFO name="QUERY_STATUS" value="ERROR">{}</INFO></RESOURCE></VOTABLE>'
)


def votable(name: str, datatype: str, values: list[Any]) -> str:
    """One column as a VOTable document."""
    size = ' arraysize="*"' if datatype == "char" else ""
    rows = "".join(f"<TR><TD>{value}</TD></TR>" for value in values)
    return (
        f'<?xml version="1.0"?><VOTABLE {VOTABLE}><RESOURCE type="results">'
        '<INFO name="QUERY_STATUS" value="OK"/><TABLE>'
        f'<FIELD name="{name}" datatype="{datatype}"{size}/>'
        f"<DATA><TABLEDATA>{rows}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"
    )


def types_of(archive: "Archive") -> dict[str, str]:
    """The type of each column of the table, by its name in lower case."""
    header, first, *_ = csv.reader(archive.table.decode().splitlines())
    return {
        name.lower(): "INTEGER" if value.isdigit() and name not in archive.texts else "TEXT"
        for name, value in zip(header, first, strict=True)
    }


def types_as_votable(archive: "Archive", adql: str) -> str:
    """The table without rows, as a service answers what tells the types of its columns."""
    asked = re.findall('"(.*?)"', adql[: adql.index(" FROM ")])
    datatypes = {"INTEGER": 'datatype="long"', "TEXT": 'datatype="char" arraysize="*"'}
    fields = (f'<FIELD name="{n}" {datatypes[types_of(archive)[n.lower()]]}/>' for n in asked)
    return (
        f'<?xml version="1.0"?><VOTABLE {VOTABLE}><RESOURCE type="results">'
        f'<INFO name="QUERY_STATUS" value="OK"/><TABLE>{"".join(fields)}'
        "<DATA><TABLEDATA></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"
    )


def answer_of(archive: "Archive") -> bytes:
    """The rows of the table that the query asks for, cut at the row limit without a word."""
    header, *records = list(csv.reader(archive.table.decode().splitlines()))
    base = sqlite3.connect(":memory:")
    name = re.search('FROM (".*?") ', archive.query)[1]  # type: ignore[index]
    kinds = types_of(archive)
    columns = ", ".join(f'"{one}" {kinds[one.lower()]}' for one in header)
    base.execute(f"CREATE TABLE {name} ({columns})")
    base.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(header))})", records)
    adql = re.sub(r"TOP (\d+) (.*)", r"\2 LIMIT \1", archive.query)
    found = base.execute(adql).fetchmany(archive.row_limit)
    return "\n".join(",".join(map(str, row)) for row in (header, *found)).encode()


@dataclass
class Archive:
    """What the server has, how it misbehaves, and what it was asked."""

    files: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    ranges: bool = True
    validators: bool = True
    table: bytes = b""
    texts: tuple[str, ...] = ()
    pages: list[bytes] = field(default_factory=list)
    rows: int = 0
    row_limit: int | None = None
    query: str = ""
    tap_error: str | None = None
    job_error: str | None = None
    columns: list[str] = field(default_factory=list)
    chunk_pause: float = 0.0
    url: str = ""

    def asked(self, path: str) -> list[str | None]:
        """The Range headers of the requests for `path`, None for a whole file."""
        return [asked for where, asked in self.requests if where == path]


class Handler(BaseHTTPRequestHandler):
    """Serves `self.server.archive`."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    @property
    def archive(self) -> Archive:
        return self.server.archive  # type: ignore[attr-defined]

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self.archive.requests.append((path, self.headers.get("Range")))
        if path.startswith("/tap/"):
            self.serve_tap(path, parse_qs(urlsplit(self.path).query))
            return
        faults = self.archive.faults[path]
        fault = faults.pop(0) if faults else ""
        if fault.isdigit():
            self.answer(int(fault), b"no", Retry_After="0")
        elif fault == "html":
            page = b"<!DOCTYPE html><html><head><title>Down for maintenance</title></head></html>"
            self.answer(200, page, Content_Type="text/html")
        elif fault == "redirect":
            self.answer(302, b"", Location=f"/moved{path}")
        elif fault == "circle":
            faults.append("circle")
            self.answer(302, b"", Location=path)
        elif fault.startswith("away "):
            self.answer(302, b"", Location=fault.removeprefix("away "))
        else:
            self.serve_file(self.archive.files[path.removeprefix("/moved")], fault)

    def serve_file(self, whole: bytes, fault: str) -> None:
        etag = f'"{hashlib.md5(whole).hexdigest()}"'
        start, asked = 0, self.headers.get("Range")
        unchanged = self.headers.get("If-Range", etag) == etag
        if asked and self.archive.ranges and unchanged:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
        if start and start >= len(whole):
            self.answer(416, b"", Content_Range=f"bytes */{len(whole)}")
            return
        body = whole[start:]
        if fault == "less" and start:  # A server may answer a range in part.
            body = body[: len(body) // 2]
        if fault == "short":  # The server believes the file ends here.
            body = body[: len(body) // 2 // 2880 * 2880 + 2880]
        self.send_response(206 if start else 200)
        if start:
            last = start + len(body) - 1
            self.send_header("Content-Range", f"bytes {start}-{last}/{len(whole)}")
        if self.archive.validators:
            self.send_header("ETag", etag)
        if fault == "encoded":
            self.send_header("Content-Encoding", "gzip")
        if fault in ("close", "endless", "drip"):
            self.send_header("Connection", "close")
        elif fault == "chunked":
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.send_body(body, fault)

    def send_body(self, body: bytes, fault: str) -> None:
        word, _, share = fault.partition(" ")
        if word in ("reset", "stall", "end"):
            self.wfile.write(body[: int(len(body) * float(share or 0.5))])
            self.wfile.flush()
            if word == "stall":
                time.sleep(1.0)
            elif word == "reset":
                linger = struct.pack("ii", 1, 0)  # close() then sends a reset
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                time.sleep(0.05)
            self.close_connection = True
            self.connection.close()
        elif fault == "endless":
            self.close_connection = True
            with suppress(OSError):
                self.wfile.write(body)
                while True:
                    self.wfile.write(bytes(1 << 16))
        elif fault == "drip":
            self.close_connection = True
            with suppress(OSError):
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(0.05)
        elif fault == "chunked":
            self.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
        else:
            for first in range(0, len(body), 1 << 16):
                self.wfile.write(body[first : first + (1 << 16)])
                time.sleep(self.archive.chunk_pause)
            self.close_connection = fault == "close"

    def do_POST(self) -> None:
        path = urlsplit(self.path).path
        if not path.startswith("/tap/"):
            self.answer(404, b"")
            return
        form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
        self.archive.requests.append((path, form.get("QUERY", [None])[0]))
        if path == "/tap/async":
            self.archive.query = form.get("QUERY", [""])[0]
        if path in ("/tap/async", "/tap/async/7/phase"):
            self.answer(303, b"", Location="/tap/async/7")
        else:
            self.serve_tap(path, form)

    def do_DELETE(self) -> None:
        self.archive.requests.append((f"DELETE {self.path}", None))
        self.answer(200, b"")

    def serve_tap(self, path: str, form: dict[str, list[str]]) -> None:
        archive = self.archive
        faults = archive.faults[path]
        fault = faults.pop(0) if faults else ""
        adql = form.get("QUERY", [""])[0]
        if fault.isdigit():
            self.answer(int(fault), b"no", Retry_After="0")
        elif path == "/tap/async/7/results/result":
            if archive.pages:  # whatever is asked
                self.serve_file(archive.pages.pop(0), fault)
                return
            limited = archive.row_limit is not None
            self.serve_file(answer_of(archive) if limited else archive.table, fault)
        elif path == "/tap/async/7":
            phase = "ERROR" if archive.job_error else "COMPLETED"
            outcome = (
                f'<errorSummary type="fatal"><message>{archive.job_error}</message></errorSummary>'
                if archive.job_error
                else f'<results><result id="result" xlink:href="{archive.url}{path}/results/result"'
                "/></results>"
            )
            job = (
                f'<?xml version="1.0"?><job {UWS} version="1.1"><jobId>7</jobId>'
                f"<phase>{phase}</phase>{outcome}</job>"
            )
            self.answer(200, job.encode(), Content_Type="application/xml")
        elif "TAP_SCHEMA" in adql:
            body = votable("name", "char", archive.columns)
            self.answer(200, body.encode(), Content_Type="application/x-votable+xml")
        elif archive.tap_error:
            body = ERROR_VOTABLE.format(archive.tap_error)
            self.answer(400, body.encode(), Content_Type="application/x-votable+xml")
        elif adql.startswith("SELECT TOP 1 "):
            body = types_as_votable(archive, adql)
            self.answer(200, body.encode(), Content_Type="application/x-votable+xml")
        else:
            body = votable("n", "long", [archive.rows])
            self.answer(200, body.encode(), Content_Type="application/x-votable+xml")


class Server(ThreadingHTTPServer):
    """A server that forgets broken connections."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, *args: Any) -> None:
        """The client's or our own broken connection: say nothing."""


@contextmanager
def running() -> Iterator[Archive]:
    """Serve an archive on a free port of 127.0.0.1."""
    server = Server(("127.0.0.1", 0), Handler)
    archive = Archive(url=f"http://127.0.0.1:{server.server_address[1]}")
    server.archive = archive  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield archive
    finally:
        server.shutdown()
        server.server_close()
