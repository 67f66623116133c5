"""The answer to one query in pages: a service may stop at a row limit, and CSV does not say so."""

import csv
import hashlib
import shutil
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from chemtag.base.problems import InputProblem


@dataclass
class Pages:
    """Pages of a CSV answer that are put together in `whole`, in the order of `order_by`.

    `columns` are those asked for; a service may spell them in another case, `whole` has them as
    asked. `n_rows` counts the rows put together; `after` are the values of `order_by`, as ADQL has
    them, after which the page that is asked for begins.
    """

    whole: Path
    columns: Sequence[str]
    order_by: Sequence[str]
    n_rows: int = 0
    n_pages: int = 0
    after: Sequence[str] = ()
    _header: list[str] = field(default_factory=list)
    _ends: tuple[list[str], list[str]] = ([], [])

    def add(self, page: Path, shown: str) -> int:
        """Append the rows of `page`, remove it and return how many they are.

        Raises `InputProblem` where the page has other columns than the first, and where it begins
        like the page before; `shown` names the service.
        """
        with page.open(encoding="utf-8", errors="replace", newline="") as stream:
            reader = csv.reader(stream)
            header = next(reader, [])
            if self.n_pages and header != self._header:
                raise InputProblem(
                    f"{shown}: a page of the answer has the columns {', '.join(header)[:200]}, "
                    f"expected {', '.join(self._header)}; try another service."
                )
            first: list[str] = []
            last: list[str] = []
            count = 0
            for last in _whole_records(reader, header):
                first = first or last
                count += 1
        if first and first == self._ends[0]:
            raise InputProblem(self._repeated(shown))
        if self.n_pages:
            _append(page, self.whole)
        else:
            page.replace(self.whole)
            _respell(self.whole, header, self.columns)
        self._header, self._ends = header, (first, last)
        self.n_rows += count
        self.n_pages += 1
        return count

    def last(self, shown: str) -> list[str]:
        """Return the values of `order_by` in the last row, after which the next page begins.

        They are as the file has them. Raises `InputProblem` where it has no such columns.
        """
        return [self._ends[1][at] for at in self._keys_at(shown)]

    def check_distinct(self, shown: str) -> None:
        """Raise `InputProblem` where rows of several pages agree in `order_by`.

        As many rows as the service counts are then all of them, in whatever order it sorts. 8 bytes
        a row are kept, a digest of its keys; one page needs no such proof.
        """
        if self.n_pages < 2:
            return
        at, keys = self._keys_at(shown), array("Q")
        with self.whole.open(encoding="utf-8", errors="replace", newline="") as stream:
            reader = csv.reader(stream)
            for record in _whole_records(reader, next(reader)):
                text = "\0".join([record[i] for i in at])
                keys.frombytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
        found = np.frombuffer(keys, dtype=np.uint64)
        found.sort()
        if (found[1:] == found[:-1]).any():
            raise InputProblem(self._repeated(shown))

    def refusal(self, expected: int, shown: str) -> str:
        """Say that the rows put together are not those `expected`, and what may mend it."""
        return (
            f"{shown}: gave {self.n_rows} rows of {expected} that it counts, and no more after "
            f"them; no two rows may agree in {', '.join(self.order_by)} (`order_by` in config/"
            "datasets.yaml), or else the service cuts its answers: ask for less (`where`)."
        )

    def _keys_at(self, shown: str) -> list[int]:
        """Where the columns of `order_by` stand in a row."""
        plain = [name.lower() for name in self._header]
        lacking = [name for name in self.order_by if name.lower() not in plain]
        if lacking:
            raise InputProblem(
                f"{shown}: stops at {self.n_rows} rows and its answer has the columns "
                f"{', '.join(self._header)[:200]}, without {', '.join(lacking)} (`order_by`), "
                "after which the next page would begin; try another service."
            )
        return [plain.index(name.lower()) for name in self.order_by]

    def _repeated(self, shown: str) -> str:
        return (
            f"{shown}: a page of the answer repeats rows of a page before; either rows agree in "
            f"{', '.join(self.order_by)} (`order_by` in config/datasets.yaml), or the service does "
            "not take its condition or order: add a column that tells them apart, or try another "
            "service."
        )


def _whole_records(reader: Iterator[list[str]], header: Sequence[str]) -> Iterator[list[str]]:
    """Records with a value a column: the last of a broken answer may lack some."""
    return (record for record in reader if len(record) >= len(header) > 0)


def _append(page: Path, whole: Path) -> None:
    """Put the rows of a page at the end of the whole, and remove it."""
    with page.open("rb") as source, whole.open("rb+") as target:
        target.seek(0, 2)
        if target.tell():
            target.seek(-1, 2)
            if target.read(1) != b"\n":
                target.write(b"\n")
        source.readline()
        shutil.copyfileobj(source, target)
    page.unlink()


def _respell(path: Path, found: Sequence[str], wanted: Sequence[str]) -> None:
    """Write the headings of a CSV file as `wanted`, where they are the same but for the case."""
    if list(found) == list(wanted) or [n.lower() for n in found] != [n.lower() for n in wanted]:
        return
    with path.open("rb+") as stream:
        line, at = stream.readline(), 0
        for old, new in zip(found, wanted, strict=True):
            at = line.index(old.encode(), at)
            line = line[:at] + new.encode() + line[at + len(old.encode()) :]
            at += len(new.encode())
        if len(line) == stream.tell():
            stream.seek(0)
            stream.write(line)
