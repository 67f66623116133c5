"""The one reader and writer of tables: columns are contracts (workflow/schemas/tables)."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from chemtag.base.documents import CHECKOUT
from chemtag.base.ecsv import BrokenTable, read_ecsv, write_ecsv
from chemtag.base.files import whole_file
from chemtag.base.problems import InputProblem
from chemtag.base.yaml_scalars import SAFE_LOADER

# Columns that several tables share, by the name of their group.
GROUPS = CHECKOUT / "workflow" / "schemas" / "columns.yaml"
CONTRACTS = CHECKOUT / "workflow" / "schemas" / "tables"
# An entry of a figure may hold the contract of its drawn data, called figure_<figure>.
FIGURES = CONTRACTS.parents[1] / "figures.yaml"


@cache
def contract_of(name: str) -> dict[str, Any]:
    """Return the contract `name`: description, columns, patterns, sort, rows."""
    # Only the file of the contract's stage is parsed: jobs are short and there are many.
    for path in sorted(CONTRACTS.glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        if re.search(rf"^{re.escape(name)}:", text, re.M):
            return _with_groups(yaml.load(text, SAFE_LOADER)[name])
    figures = yaml.load(FIGURES.read_text(encoding="utf-8"), SAFE_LOADER)
    drawn = figures.get(name.removeprefix("figure_"), {}).get("drawn")
    if name.startswith("figure_") and isinstance(drawn, dict):
        return _with_groups(drawn)
    raise KeyError(f"no table contract called {name!r}; there are {', '.join(contract_names())}")


@cache
def _groups() -> dict[str, dict[str, dict[str, Any]]]:
    """The columns of each group, by its name."""
    return yaml.load(GROUPS.read_text(encoding="utf-8"), SAFE_LOADER)


def _with_groups(contract: dict[str, Any]) -> dict[str, Any]:
    """The contract with the columns of `+<group>` in its place; words end the first description."""
    columns: dict[str, Any] = {}
    for name, entry in contract["columns"].items():
        if not name.startswith("+"):
            columns[name] = entry
            continue
        group = {key: dict(column) for key, column in _groups()[name.removeprefix("+")].items()}
        if entry:
            first = next(iter(group.values()))
            first["description"] = f"{first['description']} {entry}"
        columns |= group
    return {**contract, "columns": columns}


def contract_names() -> list[str]:
    """Return the names of all contracts."""
    texts = (path.read_text(encoding="utf-8") for path in CONTRACTS.glob("*.yaml"))
    return sorted(name for text in texts for name in re.findall(r"^(\w+):", text, re.M))


def column_of(contract: dict[str, Any], name: str) -> dict[str, Any] | None:
    """Return the entry of column `name`, from the named columns or the first matching pattern."""
    if name in contract.get("columns", {}):
        return contract["columns"][name]
    for pattern, entry in contract.get("patterns", {}).items():
        if re.fullmatch(pattern, name):
            return entry
    return None


def _as_dtype(values: pd.Series, dtype: str) -> pd.Series:
    if dtype == "string":
        return values.astype("string").fillna("").astype(object)
    if dtype == "category":
        category = values.astype("category")
        if category.isna().any():
            return _as_dtype(_as_dtype(values, "string"), "category")
        # Sorting goes by the order of the categories, which must not be that of their making.
        return category.cat.reorder_categories(sorted(category.cat.categories))
    wanted = np.dtype(dtype)
    if values.dtype == wanted:
        return values
    if wanted.kind in "bi" and values.isna().any():
        raise ValueError("some are missing, which this type cannot say")
    cast = values.astype(wanted)
    # A cast to whole numbers or truths cuts, wraps round or calls every text true without a word.
    if wanted.kind in "bi" and not (cast == values).all():
        raise ValueError(f"first {values[cast != values].iloc[0]!r}")
    return cast


def conform(table: pd.DataFrame, contract_name: str, place: str) -> pd.DataFrame:
    """Return `table` with the dtypes of its contract, or raise `InputProblem`.

    Checked: required columns, unknown columns, dtype, range, uniqueness. `place` names the file
    in the message.
    """
    contract = contract_of(contract_name)
    for name, entry in contract.get("columns", {}).items():
        if entry.get("required", True) and name not in table.columns:
            found = ", ".join(map(str, table.columns[:12]))
            raise InputProblem(
                f"{place}: column {name!r} is missing; found {found}; the table contract "
                f"{contract_name!r} asks for it ({entry['description']})."
            )
    conformed = {}
    for name in table.columns:
        entry = column_of(contract, name)
        if entry is None:
            raise InputProblem(
                f"{place}: column {name!r} is not part of the table contract {contract_name!r}; "
                "remove it or add it to the contract."
            )
        try:
            values = _as_dtype(table[name], entry["dtype"])
        except (TypeError, ValueError, OverflowError) as error:
            raise InputProblem(
                f"{place}: column {name!r} holds values that are not {entry['dtype']} ({error})."
            ) from error
        _check_range(values, entry, name, place)
        conformed[name] = values
    result = pd.DataFrame(conformed, index=table.index, copy=False)
    unique = contract.get("unique")
    if unique and result.duplicated(unique).any():
        first = result.loc[result.duplicated(unique), unique].iloc[0].to_dict()
        raise InputProblem(f"{place}: rows must be unique in {unique}; repeated: {first}.")
    return result


def _check_range(values: pd.Series, entry: dict[str, Any], name: str, place: str) -> None:
    if "min" not in entry and "max" not in entry:
        return
    numbers = values.to_numpy(dtype=float)
    finite = numbers[np.isfinite(numbers)]
    low, high = entry.get("min", -np.inf), entry.get("max", np.inf)
    outside = finite[(finite < low) | (finite > high)]
    if len(outside):
        raise InputProblem(
            f"{place}: column {name!r} has {len(outside)} values outside [{low}, {high}], the "
            f"first {outside[0]:g}; check the column and its unit ({entry.get('unit') or 'none'})."
        )


def write_table(
    table: pd.DataFrame, path: str | Path, contract: str, meta: dict[str, Any] | None = None
) -> None:
    """Write `table` in the format its suffix names (.parquet or .ecsv), whole or not at all.

    Rows are sorted by the contract's `sort`, units and descriptions go with each column, `meta`
    (plain JSON values) with the table. Equal tables give equal bytes.
    """
    path = Path(path)
    result = conform(table, contract, str(path))
    sort = contract_of(contract).get("sort")
    # A large table that comes sorted is not copied to be sorted again.
    if sort and not (len(sort) == 1 and result[sort[0]].is_monotonic_increasing):
        result = result.sort_values(sort, kind="stable")
    result = result.reset_index(drop=True)
    # Meta that came with another table does not rename this one.
    whole_meta = {
        "contract": contract,
        **{k: v for k, v in (meta or {}).items() if k != "contract"},
    }
    with whole_file(path) as partial:
        if path.suffix == ".parquet":
            _write_parquet(result, partial, contract, whole_meta)
        elif path.suffix == ".ecsv":
            _write_ecsv(result, partial, contract, whole_meta)
        else:
            raise ValueError(f"{path}: tables are .parquet or .ecsv")


def arrow_schema(columns: list[str], dtypes: dict[str, str], contract: str, meta: dict) -> Any:
    """Return the pyarrow schema of `columns`, units and descriptions as field metadata."""
    import pyarrow as pa

    types = {"string": pa.string(), "category": pa.dictionary(pa.int32(), pa.string())}
    fields = []
    for name in columns:
        entry = column_of(contract_of(contract), name) or {}
        dtype = entry.get("dtype", dtypes.get(name, "float64"))
        note = {"unit": entry.get("unit") or "", "description": entry.get("description", "")}
        arrow = types.get(dtype) or pa.from_numpy_dtype(np.dtype(dtype))
        fields.append(pa.field(name, arrow, metadata=note))
    return pa.schema(fields, metadata={"chemtag": json.dumps(meta, sort_keys=True)})


def _write_parquet(table: pd.DataFrame, path: Path, contract: str, meta: dict[str, Any]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = arrow_schema(list(table.columns), {}, contract, meta)
    arrays = [pa.array(table[field.name], type=field.type) for field in schema]
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), path, compression="zstd")


def _write_ecsv(table: pd.DataFrame, path: Path, contract: str, meta: dict[str, Any]) -> None:
    whole = contract_of(contract)
    notes = {name: column_of(whole, name) or {} for name in table.columns}
    columns = {
        name: table[name].astype(object).to_numpy()
        if notes[name]["dtype"] in ("string", "category")
        else table[name].to_numpy()
        for name in table.columns
    }
    write_ecsv(columns, notes, meta, path)


def read_table(
    path: str | Path, contract: str | None = None, columns: list[str] | None = None
) -> pd.DataFrame:
    """Read a table written by `write_table`; its meta is in `.attrs`.

    With `contract`, the table is checked against it (only when all columns are read).
    """
    path = Path(path)
    if path.suffix == ".parquet":
        table = _read_parquet(path, columns)
    elif path.suffix == ".ecsv":
        table = _read_ecsv(path)
        if columns is not None:
            _check_columns(columns, list(table.columns), path)
            table = table[columns]
    else:
        raise ValueError(f"{path}: tables are .parquet or .ecsv")
    if contract is not None and columns is None:
        attrs = table.attrs
        table = conform(table, contract, str(path))
        table.attrs = attrs
    return table


def _read_parquet(path: Path, columns: list[str] | None) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            if columns is not None:
                _check_columns(columns, file.schema_arrow.names, path)
            arrow = file.read(columns)
        meta = json.loads((arrow.schema.metadata or {}).get(b"chemtag", b"{}"))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputProblem(
            f"{path}: not a readable parquet file ({' '.join(str(error).split())}); if the "
            "workflow wrote it, remove it and run again, it is made anew."
        ) from error
    table = arrow.to_pandas(strings_to_categorical=False)
    table.attrs = meta
    return table if columns is None else table[columns]


def _check_columns(asked: list[str], found: list[str], path: Path) -> None:
    lacking = [name for name in asked if name not in found]
    if lacking:
        raise InputProblem(
            f"{path}: column {lacking[0]!r} is missing; found {', '.join(found[:12])}."
        )


def _read_ecsv(path: Path) -> pd.DataFrame:
    try:
        columns, meta = read_ecsv(path)
    except (BrokenTable, OSError) as error:
        raise InputProblem(
            f"{path}: not a readable ECSV table ({error}); if the workflow wrote it, remove it and "
            "run again, it is made anew."
        ) from error
    text = {name: pd.Series(v, dtype="str") for name, v in columns.items() if v.dtype == object}
    table = pd.DataFrame({**columns, **text})
    table.attrs.update(meta)
    return table
