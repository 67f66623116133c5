"""A trained predictor on a catalogue of any length, in chunks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chemtag.base.files import whole_file
from chemtag.base.predicted import CONTRACT, error_of_interval
from chemtag.base.problems import InputProblem
from chemtag.base.tables import arrow_schema
from chemtag.predict.features import observed_of
from chemtag.predict.protocol import OUTSIDE
from chemtag.predict.store import Stored

CHUNK = 100_000
COLUMNS = ("star_id", "value", "low", "high", "error", "in_domain", "outside")


@dataclass(frozen=True)
class Applied:
    """What became of a catalogue: rows, those in domain, rows by reason of being outside."""

    rows: int
    in_domain: int
    outside: dict[str, int]


def chunks_of(source: Path, columns: list[str], rows: int) -> Iterator[pd.DataFrame]:
    """Yield the `columns` of a parquet file, at most `rows` rows at a time, in their order."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(source)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputProblem(f"{source}: not a readable parquet file ({error}).") from error
    with file:
        for name in columns:
            if name not in file.schema_arrow.names:
                found = ", ".join(file.schema_arrow.names[:12])
                raise InputProblem(
                    f"{source}: column {name!r} is missing, which the predictor was trained on; "
                    f"found {found}; rename or add it."
                )
        for batch in file.iter_batches(rows, columns=columns):
            yield batch.to_pandas()


def apply_to(
    stored: Stored,
    source: str | Path,
    target: str | Path,
    chunk: int = CHUNK,
    report: Callable[[int], Any] = lambda rows: None,
) -> Applied:
    """Predict the stars of the parquet file `source` into `target`, `chunk` rows at a time.

    Written in the order of the source (contract catalogue_predictions); the meta of the file holds
    the provenance of the predictor. The result does not depend on `chunk`; memory does. `report` is
    told the rows done. The file appears whole or not at all.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    source = Path(source)
    meta = {
        "contract": CONTRACT,
        "derived_from": stored.provenance.get("derived_from", []),
        "predictor": stored.provenance,
        "source": source.name,
    }
    schema = arrow_schema(list(COLUMNS), {}, CONTRACT, meta)
    level = stored.trained.calibration.level
    counts = np.zeros(len(OUTSIDE), dtype=int)
    with (
        whole_file(target) as partial,
        pq.ParquetWriter(partial, schema, compression="zstd") as writer,
    ):
        for table in chunks_of(source, stored.features.needed, chunk):
            stars = observed_of(table, stored.features, str(source))
            found = stored.trained.predict(stars)
            counts += np.bincount(found.outside, minlength=len(OUTSIDE))
            reasons = pa.DictionaryArray.from_arrays(
                pa.array(found.outside.astype(np.int32)), pa.array(OUTSIDE)
            )
            columns = [
                pa.array(stars.star_id, pa.string()), found.value, found.low, found.high,
                error_of_interval(found.low, found.high, level), found.in_domain, reasons,
            ]  # fmt: skip
            writer.write_table(pa.table(columns, schema=schema))
            report(len(stars))
    reasons_of = {name: int(n) for name, n in zip(OUTSIDE[1:], counts[1:], strict=True)}
    return Applied(int(counts.sum()), int(counts[0]), reasons_of)
