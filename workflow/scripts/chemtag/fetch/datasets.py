"""The registry of public datasets: what `config/datasets.yaml` says about one, and about a config.

Nothing here opens a file or a connection (`chemtag.fetch.fetching` does).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from chemtag.base.problems import InputProblem

Row = Mapping[str, Any]


def named_datasets(block: Any) -> list[str]:
    """Return the sorted names under every key `dataset` of a config block, at any depth.

    The value of `dataset` is one name or a list of names.
    """
    return sorted(set(_names(block)))


def _names(block: Any) -> Iterator[str]:
    if isinstance(block, Mapping):
        for key, value in block.items():
            if key == "dataset":
                yield from [value] if isinstance(value, str) else value
            else:
                yield from _names(value)
    elif isinstance(block, (list, tuple)):
        for value in block:
            yield from _names(value)


def datasets_needed(config: Mapping[str, Any], datasets: Mapping[str, Row]) -> list[str]:
    """Return the sorted names of the datasets that catalogs, lists and tasks of `config` use.

    A task of `predict` uses those whose files it names by their path in the downloads. Raises
    `InputProblem` for a name that `datasets` (parsed config/datasets.yaml) does not have, and as
    `check_orders` does.
    """
    check_orders(datasets)
    lists = config.get("score", {}).get("lists", {})
    needed = named_datasets([config.get("catalogs", {}), lists])
    for name in needed:
        row_of(name, datasets)
    at = {str(data_path(name, row)): name for name, row in datasets.items()}
    asked = set(_texts(config.get("predict", {})))
    return sorted({*needed, *(name for path, name in at.items() if path in asked)})


def _texts(block: Any) -> Iterator[str]:
    if isinstance(block, str):
        yield block
    elif isinstance(block, Mapping):
        for value in block.values():
            yield from _texts(value)


def row_of(name: str, datasets: Mapping[str, Row]) -> Row:
    """Return the row of dataset `name`, or raise `InputProblem` with the nearest known name."""
    if name not in datasets:
        near = get_close_matches(name, datasets, n=1)
        remedy = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(datasets)}."
        raise InputProblem(f"config: dataset {name!r} is not in config/datasets.yaml; {remedy}")
    return datasets[name]


def check_orders(datasets: Mapping[str, Row]) -> None:
    """Raise `InputProblem` for a table of a TAP service that is ordered by no column of its own."""
    for name, row in datasets.items():
        tap = row.get("tap", {"order_by": [], "columns": []})
        absent = [column for column in tap["order_by"] if column not in tap["columns"]]
        if absent:
            raise InputProblem(
                f"config/datasets.yaml: {name}/tap/order_by names {absent[0]!r}, which is not "
                "among its columns; add it to `columns`: pages begin after it."
            )


def data_path(name: str, row: Row, downloads: str | Path = "resources/downloads") -> Path:
    """Return where the file of a dataset lies, by hand or by fetching."""
    return Path(downloads) / name / row["file"]


def table_file(block: Mapping[str, Any], key: str, datasets: Mapping[str, Row]) -> Path:
    """Return the file of a table in the config: its path, or where `snakemake fetch` puts it.

    `block` has `path` or `dataset` and stands at `key` of the config. Raises `InputProblem` where
    there is no such file.
    """
    if "path" in block:
        path, remedy = Path(block["path"]), "correct the path"
    else:
        path = data_path(block["dataset"], row_of(block["dataset"], datasets))
        remedy = "get it with `snakemake fetch` and the same config"
    if not path.is_file():
        raise InputProblem(f"config: {key}: there is no file {path}; {remedy}.")
    return path


def record_path(name: str, downloads: str | Path = "resources/downloads") -> Path:
    """Return where the record of a verified dataset lies (rule `fetch_dataset`)."""
    return Path(downloads) / name / "verified.json"


def mirrored(url: str, mirrors: Mapping[str, str]) -> str:
    """Return `url` with the longest matching prefix of `mirrors` replaced."""
    prefix = max((p for p in mirrors if url.startswith(p)), key=len, default="")
    return mirrors[prefix] + url[len(prefix) :] if prefix else url


def adql_of(tap: Row, after: Sequence[str] = ()) -> str:
    """Return the ADQL query of a TAP row: named columns, in a fixed order of rows.

    With `after`, the values of `order_by` in the last row of a page (`literal`), the rows that
    follow it; at most `page` rows where the row of the registry has it.
    """
    columns = ", ".join(f'"{column}"' for column in tap["columns"])
    order = ", ".join(f'"{column}"' for column in tap["order_by"])
    top = f"TOP {tap['page']} " if "page" in tap else ""
    where = _where(tap, _following(tap["order_by"], after) if after else "")
    return f"SELECT {top}{columns} FROM {_table(tap)}{where} ORDER BY {order}"


def count_adql_of(tap: Row) -> str:
    """Return the ADQL query for the number of rows that `adql_of` must give."""
    return f"SELECT COUNT(*) AS n FROM {_table(tap)}{_where(tap)}"


def types_adql_of(tap: Row) -> str:
    """Return the ADQL query for one row of the columns `order_by`, which tells their types."""
    columns = ", ".join(f'"{column}"' for column in tap["order_by"])
    return f"SELECT TOP 1 {columns} FROM {_table(tap)}"


def _table(tap: Row) -> str:
    """The delimited name of the table; a schema before a point is a name of its own."""
    name = tap["table"]
    parts = name.split(".") if re.fullmatch(r"\w+(\.\w+)+", name) else [name]
    return ".".join(f'"{part}"' for part in parts)


def _where(tap: Row, also: str = "") -> str:
    asked = [f"({tap['where']})" if also else tap["where"]] if "where" in tap else []
    return f" WHERE {' AND '.join([*asked, also] if also else asked)}" if asked or also else ""


def _following(columns: Sequence[str], values: Sequence[str]) -> str:
    """The condition that rows in the order of `columns` come after one with these values."""
    name, value = f'"{columns[0]}"', values[0]
    if len(columns) == 1:
        return f"{name} > {value}"
    further = _following(columns[1:], values[1:])
    return f"({name} > {value} OR ({name} = {value} AND {further}))"


def literal(value: str, is_text: bool) -> str:
    """Return a value of a CSV file as ADQL has it: text in quotes, a number as it is.

    `is_text` is what the service says of the column: text may be all of digits (0001234).
    """
    if not is_text and re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", value):
        return value
    return "'" + value.replace("'", "''") + "'"


def digest_parts(text: str) -> tuple[str, str]:
    """Split "sha1:7aa2…" into algorithm and hexadecimal digest."""
    algorithm, _, value = text.partition(":")
    return algorithm, value.lower()
