"""The answer to one query in pages: a service may stop at a row limit, and CSV does not say so."""

import csv
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from chemtag.base.problems import InputProblem


@dataclass
class Pages:
    """Pages of a CSV answer that are put together in `whole`, in the order of `order_by`.

    `last` are the values of `order_by` in the last row, as the file has them; the next page begins
    after it. `n_rows` counts the rows put together.
    """

    whole: Path
    order_by: Sequence[str]
    n_rows: int = 0
    last: tuple[str, ...] = ()
    _header: list[str] = field(default_factory=list)
    _keys: set[tuple[str, ...]] = field(default_factory=set)

    def add(self, page: Path, shown: str) -> int:
        """Append the rows of `page`, remove it and return how many they are.

        Raises `InputProblem` where the page is no CSV with the columns of the first and of
        `order_by`, and where it repeats rows of the page before; `shown` names the service.
        """
        with page.open(encoding="utf-8", errors="replace", newline="") as stream:
            reader = csv.reader(stream)
            header = next(reader, [])
            lacking = [name for name in self.order_by if name not in header]
            if lacking or (self._header and header != self._header):
                raise InputProblem(
                    f"{shown}: a page of the answer has the columns {', '.join(header)[:200]}, "
                    f"expected {', '.join(self._header or self.order_by)}; try another service."
                )
            at = [header.index(name) for name in self.order_by]
            rows = [tuple(record[i] for i in at) for record in reader if len(record) > max(at)]
        keys = set(rows)
        if keys & self._keys:
            raise InputProblem(
                f"{shown}: a page of the answer repeats rows of the page before; the service does "
                "not take the condition or the order of `order_by`: try another service."
            )
        _append(page, self.whole, len(self._header) > 0)
        self._header, self._keys = header, keys
        self.n_rows += len(rows)
        self.last = rows[-1] if rows else self.last
        return len(rows)

    def refusal(self, expected: int, shown: str) -> str:
        """Say that the rows put together are not those `expected`, and what may mend it."""
        return (
            f"{shown}: gave {self.n_rows} rows of {expected} that it counts, and no more after "
            f"them; no two rows may agree in {', '.join(self.order_by)} (`order_by` in config/"
            "datasets.yaml), or else the service cuts its answers: ask for less (`where`)."
        )


def _append(page: Path, whole: Path, without_header: bool) -> None:
    """Put a page at the end of the whole, and remove it."""
    if not without_header:
        page.replace(whole)
        return
    with page.open("rb") as source, whole.open("rb+") as target:
        target.seek(0, 2)
        if target.tell():
            target.seek(-1, 2)
            if target.read(1) != b"\n":
                target.write(b"\n")
        source.readline()
        shutil.copyfileobj(source, target)
    page.unlink()
