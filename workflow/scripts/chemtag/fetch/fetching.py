"""Public datasets from the network to their place, whole and verified or not at all.

The only entrance to the network: `fetch`. Files come through `fetch.transfer`, tables of VizieR
through pyvo, which speaks the protocol of TAP jobs. filelock lets one process at a time work on a
file; the lock falls with its process, unlike a lock file made with O_EXCL, which a killed job
leaves behind.

A file takes its final name only after all checks, by an atomic rename; until then it is
`.{file}.partial`, with the server's validators beside it, and the next run goes on with it.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
import urllib3
from filelock import FileLock, Timeout
from requests.adapters import HTTPAdapter

from chemtag.base.files import settle
from chemtag.base.problems import InputProblem
from chemtag.base.text import without_credentials
from chemtag.fetch.connection import Patience, Session
from chemtag.fetch.datasets import (
    Row,
    adql_of,
    count_adql_of,
    data_path,
    literal,
    mirrored,
    types_adql_of,
)
from chemtag.fetch.integrity import WrongFile, record_digest, recorded_digest, verify
from chemtag.fetch.pages import Pages
from chemtag.fetch.transfer import (
    PASSING_STATUS,
    DiskFull,
    copy_local,
    discard,
    download,
)

logger = logging.getLogger(__name__)


def fetch(
    name: str,
    row: Row,
    downloads: str | Path,
    mirrors: Mapping[str, str] | None = None,
    patience: Patience | None = None,
) -> Row:
    """Bring dataset `name` to `downloads/{name}/{file}` and return its verified facts.

    A file that is already there, fetched or placed by hand, is verified and never downloaded
    again. Facts are those of `fetch.integrity.verify`; of a dataset without published digest
    they are recorded in `downloads/digests.yaml` and enforced from then on. Raises `InputProblem`
    with the address, what was found, what was expected and what to do.
    """
    patience = patience or Patience()
    target = data_path(name, row, downloads)
    digests = Path(downloads) / "digests.yaml"
    _check_place(target)
    with _alone(target):
        recorded = recorded_digest(digests, name)
        if target.exists():
            logger.info("%s is there; verifying it", target)
            facts = verify(target, name, row, recorded, _remedy_for_placed(row))
        else:
            facts = _fetch_new(name, row, target, recorded, mirrors or {}, patience)
        record_digest(digests, name, facts)
    logger.info("%s: %d bytes, sha256 %s", target, facts["bytes"], facts["sha256"])
    return facts


def _check_place(target: Path) -> None:
    """Make the folder of the file; raises `InputProblem` for what could never take or give it."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputProblem(
            f"{target.parent}: cannot be made a folder ({error.strerror}); it or a folder above it "
            "is something else: move that away."
        ) from None
    for path in (target, target.with_name(f".{target.name}.partial")):
        if path.is_symlink() and not path.exists():
            raise InputProblem(
                f"{path}: is a link to {path.readlink()}, which is not there; mount its disk, or "
                "remove the link."
            )
        if path.exists() and not path.is_file():
            kind = "a folder" if path.is_dir() else "no regular file (a pipe, a device)"
            raise InputProblem(f"{path}: is {kind}, expected the file; move it away.")


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    lock = FileLock(target.with_name(f".{target.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        logger.info("another process is fetching %s; waiting for it", target)
        lock.acquire()
    except OSError as error:
        raise InputProblem(
            f"{lock.lock_file}: cannot be locked ({error.strerror}); remove it, and see that its "
            "folder can be written to."
        ) from None
    try:
        yield
    finally:
        lock.release()


def _remedy_for_placed(row: Row) -> str:
    if "urls" in row:
        source = row["urls"][0]
    else:
        tap = row["tap"]
        source = f"{tap['services'][0]} as CSV ({adql_of(tap)})"
    return f"if you placed it by hand, get it again from {source}; else remove it and fetch again."


def _fetch_new(
    name: str,
    row: Row,
    target: Path,
    recorded: Row | None,
    mirrors: Mapping[str, str],
    patience: Patience,
) -> Row:
    sources = row["urls"] if "urls" in row else row["tap"]["services"]
    problems: list[InputProblem] = []
    for source in [mirrored(source, mirrors) for source in sources]:
        try:
            return _fetch_from(source, name, row, target, recorded, patience)
        except DiskFull:
            raise
        except InputProblem as problem:
            logger.warning("%s", problem)
            problems.append(problem)
    by_hand = f"Or place the file by hand as {target} (docs/data.md)"
    raise InputProblem(f"{' '.join(map(str, problems))} {by_hand}, or set `mirrors` in the config.")


def _fetch_from(
    source: str, name: str, row: Row, target: Path, recorded: Row | None, patience: Patience
) -> Row:
    partial = target.with_name(f".{target.name}.partial")
    known = {**(recorded or {}), **row}
    trusted = "digest" in row or "sha256" in (recorded or {})
    with Session(patience) as session:
        for anew in (False, True):
            if source.startswith("file:"):
                path = Path(unquote(urlsplit(source).path))
                resumed = copy_local(path / row["file"] if "tap" in row else path, partial)
            elif "tap" in row:
                row = query(source, row, partial, session, patience)
                resumed = False
            else:
                resumed = download(source, partial, session, patience, known.get("bytes"), trusted)
            try:
                origin = f"it came from {without_credentials(source)} and was removed."
                facts = verify(partial, name, row, recorded, origin)
            except WrongFile as problem:
                discard(partial)
                if resumed and not anew:
                    logger.warning(
                        "%s Its pieces may be of two versions: fetching it anew.", problem
                    )
                    continue
                raise WrongFile(str(problem).replace(str(partial), target.name)) from None
            settle(partial, target)
            discard(partial)
            return facts
    raise AssertionError("a second attempt is never a resumed one")


def query(
    service: str, row: Row, partial: Path, session: Session, patience: Patience
) -> dict[str, Any]:
    """Run the row's ADQL on a TAP service into the CSV file `partial`; return the row with `rows`.

    Asynchronous jobs, since synchronous ones are cut after minutes. The rows are counted by the
    service first: CSV does not say when a service stops at its row limit. What is missing then is
    asked for page by page, after the last row in the order of `order_by`, until all are there. Of
    several pages no two rows may agree in `order_by`, so that as many as counted are all.
    Raises `InputProblem` where they do not come, so that a part is never taken for the whole.
    """
    from pyvo.dal import DALFormatError, DALQueryError, DALServiceError, TAPService

    tap, shown = row["tap"], without_credentials(service)
    tap_service = TAPService(service, session=session)
    discard(partial)  # A part of an earlier job's result has no meaning for this one.
    pages = Pages(partial, tap["columns"], tap["order_by"])
    try:
        session.mount(service, _patient(patience))
        rows = int(tap_service.run_sync(count_adql_of(tap)).to_table()[0][0])
        if tap.get("rows", rows) != rows:
            raise InputProblem(
                f"{shown}: table {tap['table']} has {rows} rows, expected {tap['rows']}; it was "
                "revised: read its notes, then correct `rows` in config/datasets.yaml."
            )
        _put_together(pages, rows, tap, tap_service, session, patience)
    except DALQueryError as error:
        hint = _known_names(tap_service, tap["table"])
        raise InputProblem(
            f"{shown}: refused the query {adql_of(tap, pages.after)!r} ({_one_line(error)}); {hint}"
            "correct `tap` in config/datasets.yaml."
        ) from error
    except (DALServiceError, DALFormatError, requests.RequestException) as error:
        raise InputProblem(
            f"{shown}: gave no answer to the query ({_one_line(error)}); try again later or set "
            "a mirror of the service."
        ) from error
    except InputProblem:
        discard(partial)
        raise
    return {**row, "tap": {**tap, "rows": rows}}


def _put_together(
    pages: Pages, rows: int, tap: Row, tap_service: Any, session: Session, patience: Patience
) -> None:
    """Ask for pages until all `rows` are there, surely each of them once."""
    shown, texts = without_credentials(tap_service.baseurl), list[bool]()
    while pages.n_rows < rows or not pages.n_pages:
        if pages.n_pages:
            last = pages.last(shown)
            texts = texts or _are_text(tap, tap_service)
            pages.after = [literal(value, text) for value, text in zip(last, texts, strict=True)]
        limit = min(rows - pages.n_rows, tap.get("page", rows)) + 1
        page = pages.whole.with_name(f"{pages.whole.name}.page")
        discard(page)
        try:
            _answer_to(adql_of(tap, pages.after), limit, tap_service, page, session, patience)
            if not pages.add(page, shown):
                break
        finally:
            discard(page)
        logger.info("%s: %d of %d rows", shown, pages.n_rows, rows)
    if pages.n_rows != rows:
        raise InputProblem(pages.refusal(rows, shown))
    pages.check_distinct(shown)


def _are_text(tap: Row, tap_service: Any) -> list[bool]:
    """Ask whether the columns of `order_by` are of text: digits may stand in one, too."""
    types = [one.datatype for one in tap_service.run_sync(types_adql_of(tap)).fielddescs]
    return [kind in ("char", "unicodeChar") for kind in types]


def _patient(patience: Patience) -> HTTPAdapter:
    """An adapter that asks a service again after faults that may pass."""
    return HTTPAdapter(
        max_retries=urllib3.Retry(
            patience.attempts,
            backoff_factor=patience.first_wait,
            backoff_max=patience.longest_wait,
            backoff_jitter=patience.first_wait,
            status_forcelist=PASSING_STATUS,
            allowed_methods=None,
        )
    )


def _answer_to(
    adql: str, limit: int, tap_service: Any, page: Path, session: Session, patience: Patience
) -> None:
    """Bring the answer to a query, at most `limit` rows, into the CSV file `page`."""
    from pyvo.dal import DALServiceError

    session.mount(tap_service.baseurl, _patient(patience))
    job = tap_service.submit_job(adql, maxrec=limit, FORMAT="csv")
    with job:
        job.run().wait(timeout=patience.query)
        job.raise_if_error()
        if job.result_uri is None:
            raise DALServiceError("the job has no result", job.url)
        session.mount(tap_service.baseurl, HTTPAdapter())
        download(job.result_uri, page, session, patience)


def _known_names(service: Any, table: str) -> str:
    """Say which columns the table has, or else which tables its catalogue has."""
    ask = {
        "the table has the columns": (
            f"SELECT column_name AS name FROM TAP_SCHEMA.columns WHERE table_name = '{table}'"
        ),
        "the catalogue has the tables": (
            "SELECT table_name AS name FROM TAP_SCHEMA.tables "
            f"WHERE table_name LIKE '{table.rpartition('/')[0]}/%'"
        ),
    }
    for words, adql in ask.items():
        try:
            names = [str(name).strip('"') for name in service.run_sync(adql)["name"]]
        except Exception as error:  # A hint is not worth a second problem.
            logger.info("no hint from TAP_SCHEMA: %s", error)
            return ""
        if names:
            return f"{words} {', '.join(sorted(names))}; "
    return ""


def _one_line(error: Exception) -> str:
    return without_credentials(" ".join(str(error).split()))[:300]
