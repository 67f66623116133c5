"""Parquet and Arrow files in record batches, as pandas, astropy, polars and pyarrow write them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from chemtag.base.problems import InputProblem
from chemtag.survey import files
from chemtag.survey.files import Block, unreadable


class ParquetFile:
    """A parquet file, read in record batches."""

    def __init__(self, path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.path = path
        try:
            self._file = pq.ParquetFile(path)
        except (pa.ArrowException, OSError) as error:
            raise unreadable(path, "parquet", error) from error
        self.columns = list(self._file.schema_arrow.names)
        self.units = units_of(self._file.schema_arrow)

    def blocks(self, names: list[str]) -> Iterator[Block]:
        """Yield blocks of rows; see `TableFile`."""
        import pyarrow as pa

        lengths: dict[str, int] = {}
        try:
            for batch in self._file.iter_batches(batch_size=files.BLOCK_ROWS, columns=names):
                yield {n: values_of(batch.column(n), n, self.path, lengths) for n in names}
        except (pa.ArrowException, OSError) as error:
            raise unreadable(self.path, "parquet", error) from error


class ArrowFile:
    """An Arrow file (feather) or stream, read in record batches."""

    def __init__(self, path: Path) -> None:
        self.path = path
        schema = next(self._opened())
        self.columns, self.units = list(schema.names), units_of(schema)

    def _opened(self) -> Iterator[Any]:
        """The schema, then each batch."""
        import pyarrow as pa

        try:
            with pa.memory_map(str(self.path)) as source:
                if source.read(6) == b"ARROW1":
                    reader = pa.ipc.open_file(source)
                    yield reader.schema
                    for i in range(reader.num_record_batches):
                        yield reader.get_batch(i)
                else:
                    source.seek(0)
                    stream = pa.ipc.open_stream(source)
                    yield stream.schema
                    yield from stream
        except (pa.ArrowException, OSError) as error:
            raise unreadable(self.path, "arrow", error) from error

    def blocks(self, names: list[str]) -> Iterator[Block]:
        """Yield blocks of rows; see `TableFile`."""
        batches = self._opened()
        next(batches)
        lengths: dict[str, int] = {}
        for batch in batches:
            yield {n: values_of(batch.column(n), n, self.path, lengths) for n in names}


def units_of(schema: Any) -> dict[str, str]:
    """Units by column, where astropy or chemtag wrote them."""
    units = {
        field.name: field.metadata[b"unit"].decode("utf-8", "replace")
        for field in schema
        if field.metadata and b"unit" in field.metadata
    }
    described = (schema.metadata or {}).get(b"table_meta_yaml")
    if described:
        from astropy.table.meta import YamlParseError, get_header_from_yaml

        try:
            header = get_header_from_yaml(described.decode("utf-8").splitlines())
        except (YamlParseError, UnicodeDecodeError):
            return units
        for column in header.get("datatype", []):
            if column.get("unit") is not None:
                units[column["name"]] = str(column["unit"])
    return units


def values_of(column: Any, name: str, path: Path, lengths: dict[str, int]) -> Any:
    """Values of an Arrow array, without a detour through floating point where some are null.

    `lengths` of the lists of each column so far are held against this array's, and added to.
    """
    import pyarrow as pa

    kind = pa.types
    if kind.is_dictionary(column.type):
        column = column.dictionary_decode()
    if kind.is_decimal(column.type):
        column = column.cast(pa.float64())
    lists = (kind.is_fixed_size_list, kind.is_list, kind.is_large_list)
    if any(test(column.type) for test in lists):
        return _vectors(column, name, path, lengths)
    mask = column.is_null().to_numpy(zero_copy_only=False)
    texts = (kind.is_string, kind.is_large_string, kind.is_string_view)
    blobs = (kind.is_binary, kind.is_large_binary, kind.is_binary_view, kind.is_fixed_size_binary)
    if any(test(column.type) for test in (*texts, *blobs)):
        values = np.array(["" if v is None else v for v in column.to_pylist()], dtype=object)
        return np.ma.MaskedArray(values, mask=mask)
    if kind.is_null(column.type):
        return np.ma.MaskedArray(np.zeros(len(column)), mask=True)
    zero = False if kind.is_boolean(column.type) else 0
    try:
        values = column.fill_null(zero).to_numpy(zero_copy_only=False)
    except pa.ArrowException as error:
        raise InputProblem(
            f"{path}: column {name!r} is of type {column.type}, neither numbers nor text; choose "
            "another column."
        ) from error
    return np.ma.MaskedArray(values, mask=mask)


def _vectors(column: Any, name: str, path: Path, lengths: dict[str, int]) -> Any:
    """Values (N, K) of an Arrow array of lists of one length K, masked where a list is missing.

    (N, 0) if all are.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_nested(column.type.value_type):
        raise InputProblem(
            f"{path}: column {name!r} holds lists of lists, whose elements cannot be addressed; "
            "choose another column."
        )
    there = column.is_valid().to_numpy(zero_copy_only=False)
    given = column.filter(pa.array(there))
    for length in pc.unique(pc.list_value_length(given)).to_pylist():
        if lengths.setdefault(name, length) != length:
            raise files.ragged(path, name, "lists")
    flat = np.ma.MaskedArray(values_of(given.flatten(), name, path, lengths))
    known = flat.reshape(len(given), lengths[name] if len(given) else 0)
    if there.all():
        return known
    values = np.ma.masked_all((len(column), known.shape[1]), dtype=known.dtype)
    values[there] = known
    return values
