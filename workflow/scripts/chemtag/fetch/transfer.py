"""The bytes of one file into a partial file: resumed, retried, never trusted.

Maintained downloaders stop short of this. pooch and astropy's `download_file` verify or mirror,
but start again after every interruption; parfive does not resume (Cadair/parfive#10) nor verify;
astroquery resumes, but trusts any partial file and any body; urllib3's `Retry` and tenacity count
failures without seeing that bytes arrived in between. So HTTP, redirects, proxies and certificates
are requests', rate and time left are tqdm's, and only the policy is ours.
"""

import errno
import json
import logging
import random
import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import requests
import urllib3
from tqdm import tqdm

from chemtag.base.problems import InputProblem
from chemtag.base.text import without_credentials
from chemtag.fetch.connection import CHUNK, Patience, lasting, plain
from chemtag.fetch.integrity import page_title

logger = logging.getLogger(__name__)

PASSING_STATUS = {408, 425, 429, 500, 502, 503, 504}


class DiskFull(InputProblem):
    """The disk cannot take the file."""


class _PassingFault(Exception):
    """A fault that another attempt may not meet."""

    def __init__(self, reason: str, wait: float = 0.0, slow: bool = False) -> None:
        super().__init__(reason)
        self.wait, self.slow = wait, slow


def copy_local(path: Path, partial: Path) -> bool:
    """Copy a file of a `file://` mirror to `partial`; never resumed, so False."""
    if not path.is_file():
        found = "no file but something else" if path.exists() else "no such file"
        raise InputProblem(f"{path}: {found}; check `mirrors` in the config.")
    _check_space(partial, path.stat().st_size)
    with path.open("rb") as source, _progress(partial, path.stat().st_size, 0) as bar:
        size = path.stat().st_size
        _write(partial, "wb", iter(lambda: source.read(1 << 20), b""), bar, size)
    return False


def download(
    url: str,
    partial: Path,
    session: requests.Session,
    patience: Patience,
    expected_bytes: int | None = None,
    trusted: bool = False,
) -> bool:
    """Bring the whole body of `url` into `partial`; return whether it was put together.

    An earlier `partial` is continued if the server confirms by ETag, Last-Modified or (`trusted`:
    a digest will be checked) total size that it is the same file. Faults that may pass (5xx,
    resets, stalls, early ends) are tried again after a growing, jittered wait, up to
    `patience.attempts` times in a row without a new byte. Raises `InputProblem` for what another
    attempt cannot mend; what has arrived stays for the next run.
    """
    failures, resumed, shown = 0, False, without_credentials(url)
    while True:
        before = _size(partial)
        try:
            resumed |= _attempt(url, partial, session, patience, expected_bytes, trusted)
            return resumed
        except (requests.RequestException, urllib3.exceptions.HTTPError, _PassingFault) as fault:
            moved = _size(partial) > before and not getattr(fault, "slow", False)
            failures = 1 if moved else failures + 1
            reason = plain(fault)
            if lasting(fault):
                raise InputProblem(
                    f"{shown}: {reason}; trying again cannot mend it: check the address, or look "
                    "for the file at the archive or a mirror."
                ) from fault
            if failures >= patience.attempts:
                raise InputProblem(
                    f"{shown}: {reason}, {failures} times in a row; {_size(partial)} bytes are "
                    "kept. Check the connection and run the same command again, it goes on from "
                    "there."
                ) from fault
            wait = min(patience.longest_wait, patience.first_wait * 2 ** (failures - 1))
            # Jitter keeps many jobs from coming back at once; no result depends on it.
            wait = max(wait * random.uniform(0.5, 1.5), getattr(fault, "wait", 0.0))
            logger.warning("%s: %s; trying again in %.1f s", shown, reason, wait)
            time.sleep(wait)


def _attempt(
    url: str,
    partial: Path,
    session: requests.Session,
    patience: Patience,
    expected_bytes: int | None,
    trusted: bool,
) -> bool:
    have, validators = _size(partial), _read_validators(partial)
    shown = without_credentials(url)
    # Identity: a server that labels .gz files with a Content-Encoding must not have them unpacked.
    headers = {"Accept-Encoding": "identity", **resume_headers(url, have, validators, trusted)}
    timeout = (patience.connect, patience.read)
    with session.get(url, headers=headers, stream=True, timeout=timeout) as response:
        if response.status_code == 416:
            return _past_the_end(response, partial, have)
        _check_status(shown, response)
        total = total_bytes(response.status_code, response.headers, have)
        append = response.status_code == 206
        if append and total is not None and validators.get("total") not in (None, total):
            discard(partial)
            raise _PassingFault("the file changed on the server")
        if expected_bytes is not None and total not in (None, expected_bytes):
            raise InputProblem(
                f"{shown}: the server offers {total} bytes, expected {expected_bytes}; it is "
                "another file or a broken copy, try a mirror or ask the archive."
            )
        # As it comes: a read of a whole piece would wait for it, however slowly it drips.
        body = iter(lambda: response.raw.read1(CHUNK, decode_content=False), b"")
        if not append:
            body = _no_page(shown, response.headers.get("Content-Type", ""), body)
            if have:
                logger.info("%s: the server does not continue files; starting again", shown)
            _write_validators(partial, url, response.headers, total)
        have = have if append else 0
        _check_space(partial, (total or expected_bytes or 0) - have)
        with _progress(partial, total, have) as bar:
            body = _quick_enough(_no_more_than(expected_bytes, have, body, shown), patience)
            try:
                _write(partial, "ab" if append else "wb", body, bar, total)
            except _TooLong as problem:
                discard(partial)
                raise InputProblem(str(problem)) from None
    if total is not None and _size(partial) != total:
        raise _PassingFault(f"the body ended at {_size(partial)} of {total} bytes")
    return append


class _TooLong(Exception):
    """The body goes on where the file must end."""


def _no_more_than(
    limit: int | None, have: int, body: Iterable[bytes], shown: str
) -> Iterator[bytes]:
    """Yield the body while it fits into `limit` bytes, `have` of which are there."""
    for piece in body:
        have += len(piece)
        if limit is not None and have > limit:
            raise _TooLong(
                f"{shown}: the server sends more than the {limit} bytes expected; it is another "
                "file or a broken copy, try a mirror or ask the archive."
            )
        yield piece


def _quick_enough(body: Iterable[bytes], patience: Patience) -> Iterator[bytes]:
    """Yield the body; raises a passing fault where it drips."""
    start, arrived = time.monotonic(), 0
    for piece in body:
        arrived += len(piece)
        yield piece
        if time.monotonic() - start > patience.slow:
            if arrived < CHUNK:
                raise _PassingFault(
                    f"only {arrived} bytes arrived in {patience.slow:.0f} s", slow=True
                )
            start, arrived = time.monotonic(), 0


def resume_headers(
    url: str, have: int, validators: Mapping[str, Any], trusted: bool
) -> dict[str, str]:
    """Return the request headers that continue a partial file of `have` bytes, or none.

    A strong ETag, else Last-Modified, of the same address goes into If-Range (RFC 9110, 13.1.5):
    the server then sends the whole file if it changed. Without them, or from another address,
    only the total size vouches for the file, which is enough if a digest is checked in the end.
    """
    if have == 0 or not validators:
        return {}
    same = validators.get("url") == url
    etag, modified = validators.get("etag"), validators.get("last_modified")
    ask = {"Range": f"bytes={have}-"}
    if same and etag and not etag.startswith("W/"):
        return {**ask, "If-Range": etag}
    if same and modified:
        return {**ask, "If-Range": modified}
    if validators.get("total") is not None and (same or trusted):
        return ask
    return {}


def total_bytes(status: int, headers: Mapping[str, str], have: int) -> int | None:
    """Return the size of the whole file that a 200 or 206 response announces, if it does.

    Raises a passing fault if a 206 does not continue at byte `have`.
    """
    if status == 200:
        length = headers.get("Content-Length", "")
        return int(length) if length.isdigit() else None
    unit, _, span = headers.get("Content-Range", "").partition(" ")
    first, _, total = span.partition("/")
    if unit != "bytes" or first.partition("-")[0] != str(have):
        raise _PassingFault(f"the server sent range {span!r} instead of bytes from {have}")
    return int(total) if total.isdigit() else None


def _past_the_end(response: requests.Response, partial: Path, have: int) -> bool:
    """Judge a 416: the partial file is whole already, or it is of another version."""
    total = response.headers.get("Content-Range", "").rpartition("/")[2]
    if total == str(have):
        return True
    discard(partial)
    raise _PassingFault(
        f"the server has {total or 'fewer'} bytes, not the {have} kept; starting again"
    )


def _check_status(url: str, response: requests.Response) -> None:
    status = response.status_code
    if status in (200, 206):
        return
    if status in PASSING_STATUS:
        after = response.headers.get("Retry-After", "")
        wait = min(float(after), 600.0) if after.isdigit() else 0.0
        raise _PassingFault(f"the server answered {status} {response.reason}", wait)
    raise InputProblem(
        f"{url}: the server answered {status} {response.reason}; the file may have moved: look for "
        "it at the archive and correct config/datasets.yaml."
    )


def _no_page(url: str, kind: str, body: Iterator[bytes]) -> Iterator[bytes]:
    """Return the body unread, or raise `InputProblem` if it is an HTML page and no data."""
    start = next(body, b"")
    title = page_title(start)
    if title is None and kind.startswith("text/html") and start.lstrip().startswith(b"<"):
        title = "no title"
    if title is not None:
        raise InputProblem(
            f"{url}: found an HTML page ({title}), expected data; the archive is in maintenance or "
            "asks for a login or a robot check: open the address in a browser."
        )

    def whole() -> Iterator[bytes]:
        yield start
        yield from body

    return whole()


def _write(partial: Path, mode: str, chunks: Iterable[bytes], bar: Any, total: int | None) -> None:
    # Unbuffered: a buffer that a full disk refused would be refused again on closing.
    with partial.open(mode, buffering=0) as stream:
        for chunk in chunks:
            rest = memoryview(chunk)
            while rest:
                try:
                    rest = rest[stream.write(rest) :]
                except OSError as error:
                    raise _disk_problem(error, partial, total) from error
            bar.update(len(chunk))


def _disk_problem(error: OSError, partial: Path, total: int | None) -> InputProblem:
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(f"{partial}: cannot write ({error.strerror}); mend it and fetch again.")
    need = "an unknown number of" if total is None else max(total - _size(partial), 0)
    return DiskFull(
        f"{partial.parent}: the disk is full: {need} more bytes needed, "
        f"{shutil.disk_usage(partial.parent).free} free; make room and fetch again, it goes on "
        f"from byte {_size(partial)}."
    )


def _check_space(partial: Path, need: int) -> None:
    free = shutil.disk_usage(partial.parent).free
    if need > free:
        raise DiskFull(
            f"{partial.parent}: {need} more bytes needed, {free} free; make room or make the "
            "folder a link to a larger disk, and fetch again."
        )


def _progress(partial: Path, total: int | None, have: int) -> Any:
    name = partial.name.removeprefix(".").removesuffix(".partial")
    # A bar on a terminal; a line every half minute in a log.
    interval = 0.2 if sys.stderr.isatty() else 30.0
    return tqdm(
        total=total, initial=have, desc=name, unit="B", unit_scale=True, mininterval=interval
    )


def _size(partial: Path) -> int:
    return partial.stat().st_size if partial.exists() else 0


def _validators_path(partial: Path) -> Path:
    return partial.with_name(f"{partial.name}.json")


def _read_validators(partial: Path) -> dict[str, Any]:
    try:
        content = json.loads(_validators_path(partial).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _write_validators(
    partial: Path, url: str, headers: Mapping[str, str], total: int | None
) -> None:
    etag, modified = headers.get("ETag"), headers.get("Last-Modified")
    content = {"url": url, "etag": etag, "last_modified": modified, "total": total}
    # The old pieces go first: they must never meet the validators of the new body.
    partial.unlink(missing_ok=True)
    _validators_path(partial).write_text(json.dumps(content), encoding="utf-8")


def discard(partial: Path) -> None:
    partial.unlink(missing_ok=True)
    _validators_path(partial).unlink(missing_ok=True)
