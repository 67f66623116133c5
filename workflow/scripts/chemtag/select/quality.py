"""Quality of catalogue entries: bits of flag masks by name, cuts, and the funnel of a sample."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chemtag.base.problems import InputProblem
from chemtag.base.types import Bools, Floats

MISSING_MASK = -1  # in a star table: the catalogue gives no mask (chemtag.survey.columns)


@dataclass(frozen=True)
class BitMask:
    """Names of the bits of a flag column; `width` is the number of bits the survey gives it."""

    place: str
    width: int
    bits: dict[str, int]


def bit_mask_from(document: Any, place: str) -> BitMask:
    """Return the mask definition of a parsed YAML file: `width` (32 or 64) and `bits` by name."""
    if not isinstance(document, Mapping) or not isinstance(document.get("bits"), Mapping):
        raise InputProblem(
            f"{place}: a mask definition needs the keys width and bits (name: number of the bit); "
            "see the files in resources/bitmasks/."
        )
    width = document.get("width", 64)
    if width not in (8, 16, 32, 64):
        raise InputProblem(f"{place}: width is {width!r}; a mask is 8, 16, 32 or 64 bits wide.")
    numbers: dict[int, str] = {}
    for name, bit in document["bits"].items():
        if not isinstance(bit, int) or isinstance(bit, bool) or not 0 <= bit < width:
            raise InputProblem(
                f"{place}: bit {name} is {bit!r}; expected a whole number from 0 to {width - 1}."
            )
        if bit in numbers:
            raise InputProblem(f"{place}: {numbers[bit]} and {name} both name bit {bit}.")
        numbers[bit] = name
    return BitMask(place, width, dict(document["bits"]))


def bit_numbers(wanted: Sequence[str | int], mask: BitMask | None, key: str) -> list[int]:
    """Return the bits that names or numbers stand for; `key` is the config key in the message.

    Without a definition (`mask` None) only numbers from 0 to 63 are known.
    """
    found = []
    for entry in wanted:
        if isinstance(entry, int):
            width = mask.width if mask else 64
            if not 0 <= entry < width:
                where = f" in {mask.place}" if mask else ""
                raise InputProblem(
                    f"config: {key} names bit {entry}; the mask has bits 0 to {width - 1}{where}."
                )
            found.append(entry)
        elif mask is None:
            raise InputProblem(
                f"config: {key} names the bit {entry!r}, but no mask definition is given; name "
                "its file under masks, or give the number of the bit."
            )
        elif entry not in mask.bits:
            near = get_close_matches(entry.upper(), mask.bits, n=3) or list(mask.bits)[:6]
            raise InputProblem(
                f"config: {key} names the bit {entry!r}, which is not in {mask.place}; "
                f"near names are {', '.join(near)}."
            )
        else:
            found.append(mask.bits[entry])
    return found


def any_bit_set(values: NDArray[np.integer], bits: Sequence[int]) -> Bools:
    """Return for each mask (N,) whether any of `bits` (0 to 63) is set.

    Works on the two's complement pattern, so bit 63 of an int64 and bit 31 of an int32 (negative
    numbers) are bits like others. A negative int32 widened to int64 carries copies of its bit 31
    in bits 32 to 63: `bit_numbers` refuses bits beyond the width of the definition.
    """
    values = np.asarray(values)
    if not np.issubdtype(values.dtype, np.integer):
        raise TypeError(f"masks are integers, not {values.dtype}")
    pattern = values.astype(np.int64).view(np.uint64)
    wanted = np.uint64(sum(1 << bit for bit in set(bits)))
    return (pattern & wanted) != 0


def within(values: Floats, low: float | None, high: float | None) -> Bools:
    """Return whether low <= value <= high; a missing value (NaN) is outside."""
    values = np.asarray(values, dtype=float)
    inside = ~np.isnan(values)
    if low is not None:
        inside &= values >= low
    if high is not None:
        inside &= values <= high
    return inside


def outliers(values: Floats, sample: Bools, limit: float, columns: Sequence[str]) -> Bools:
    """Return the stars (N,) with an abundance beyond `limit` robust sigma from the median.

    Median and sigma = 1.4826 MAD of each column of `values` (N, E) come from the stars of
    `sample`; a missing value is no outlier. Raises `InputProblem` where sigma is 0.
    """
    beyond = np.zeros(len(values), dtype=bool)
    for i, column in enumerate(columns):
        known = values[sample, i]
        known = known[np.isfinite(known)]
        if not len(known):
            continue
        centre = np.median(known)
        sigma = 1.4826 * np.median(np.abs(known - centre))
        if sigma == 0:
            raise InputProblem(
                f"cuts/outliers cannot be applied to {column}: more than half of its values are "
                "equal, so its robust sigma is 0; leave the element or the cut out."
            )
        with np.errstate(invalid="ignore"):
            beyond |= np.abs(values[:, i] - centre) > limit * sigma
    return beyond


def kept_entries(table: pd.DataFrame, policy: str, place: str) -> Bools:
    """Return which rows stay when each star_id may occur once.

    "error": raises `InputProblem` at a repeated identifier; "best_snr": the entry of highest snr,
    equal ones by the other columns, so that the order of rows is irrelevant; "first": the first
    row of the table (tables order entries of one star by their values).
    """
    repeated = table["star_id"].duplicated(keep=False).to_numpy()
    keep = np.ones(len(table), dtype=bool)
    if not repeated.any():
        return keep
    if policy == "error":
        names = sorted(table.loc[repeated, "star_id"].unique())
        others = f" and {len(names) - 1} other stars" if len(names) > 1 else ""
        raise InputProblem(
            f"{place}: star_id {names[0]!r}{others} occur more than once; set cuts/duplicates to "
            "best_snr or first, or cut the entries that are not primary by a flag."
        )
    if policy == "first":
        return ~table["star_id"].duplicated(keep="first").to_numpy()
    if "snr" not in table:
        raise InputProblem(
            f"{place}: cuts/duplicates is best_snr, but the catalogue has no column snr; name it "
            "in the catalogue's columns or set cuts/duplicates to first."
        )
    rivals = table[repeated].assign(row=np.flatnonzero(repeated))
    columns = sorted(set(table.columns) - {"star_id", "snr"})
    ranked = rivals.sort_values(
        ["star_id", "snr", *columns],
        ascending=[True, False, *[True] * len(columns)],
        na_position="last",
        kind="stable",
    )
    best = ranked.drop_duplicates("star_id")["row"].to_numpy()
    keep[repeated] = False
    keep[best] = True
    return keep


class Funnel:
    """Which entries of a catalogue are left after each cut, and the row of each cut.

    Stars are counted as entries of the catalogue (a star entered twice counts twice until the
    duplicates are cut), members and clusters as distinct ones.
    """

    def __init__(
        self, sample: str, star_id: Floats, cluster: Floats, is_listed: Bools | None = None
    ) -> None:
        """`star_id` (N,) identifiers, `cluster` (N,) names, empty for the field.

        `is_listed` (N,) are those that a sample of members keeps (default the members); members
        and clusters are counted by `cluster` in any case.
        """
        self.sample = sample
        self.star_code = pd.factorize(np.asarray(star_id, dtype=object))[0]
        names = np.asarray(cluster, dtype=object)
        self.is_member = names != ""
        self.is_listed = self.is_member if is_listed is None else is_listed
        self.cluster_code, self.cluster_names = pd.factorize(names)
        self.left: Bools = np.ones(len(names), dtype=bool)
        self.rows: list[dict[str, Any]] = []
        distinct = len(np.unique(self.star_code))
        repeated = f", entries of {distinct} stars" if distinct < len(names) else ""
        self._add_row("catalogue", f"the catalogue as read{repeated}", 0)

    def cut(self, name: str, detail: str, keep: Bools, remedy: str) -> None:
        """Keep the entries of `keep` (N,) among those left and add a row.

        Raises `InputProblem` with the `remedy` when no star is left.
        """
        before = int(self.left.sum())
        self.left = self.left & keep
        lost = before - int(self.left.sum())
        self._add_row(name, detail, lost)
        if lost == before:
            raise InputProblem(
                f"sample {self.sample}: no star is left after the cut {detail!r}, which took the "
                f"last {before}; {remedy}."
            )

    def _add_row(self, name: str, detail: str, lost: int) -> None:
        members = self.left & self.is_member
        self.rows.append(
            {
                "step": len(self.rows),
                "cut": name,
                "detail": detail,
                "stars_left": int(self.left.sum()),
                "stars_lost": lost,
                "members_left": len(np.unique(self.star_code[members])),
                "clusters_left": len(np.unique(self.cluster_code[members])),
            }
        )

    def drop_lost(self) -> Bools:
        """Forget the entries that are lost; return which of those before were left."""
        left = self.left
        self.star_code, self.is_member = self.star_code[left], self.is_member[left]
        self.is_listed, self.cluster_code = self.is_listed[left], self.cluster_code[left]
        self.left = left[left]
        return left

    def table(self) -> pd.DataFrame:
        """Return the funnel (contract `funnel`)."""
        return pd.DataFrame(self.rows)
