"""What the lists that a sample is scored against beside its truth hold, said without a run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemtag.fetch.datasets import table_file
from chemtag.select.lists import check_cuts, everyone, labels_of, listed_members, rows_of_lists
from chemtag.survey.cluster_names import Aliases
from chemtag.survey.lists import read_list

Block = Mapping[str, Any]


@dataclass(frozen=True)
class Lists:
    """Lists of one sample: `blocks` of all, `rows` (contract `lists`) of those that tables hold."""

    blocks: Mapping[str, Block]
    rows: pd.DataFrame

    @property
    def found(self) -> list[str]:
        """Names of the lists that are groups of another sample, which only a run can find."""
        return [name for name, block in self.blocks.items() if "sample" in block]

    def listed(self, members: pd.DataFrame) -> pd.DataFrame | None:
        """Whom a sample of members keeps: `members` or of any list; None where there is no list."""
        if not self.blocks:
            return None
        cuts = {n: block["cuts"] for n, block in self.blocks.items() if n not in self.found}
        return everyone(members, self.rows, cuts)

    def lines(self, star_id: npt.NDArray[np.object_], min_members: int) -> Iterator[str]:
        """Yield a line for each list: how many stars (n,) of the sample it names at each cut."""
        for name, block in self.blocks.items():
            if name in self.found:
                other = f"samples/{block['sample']} by {block['tagger']}"
                yield f"  list {name}: groups found in {other}, which the run finds: not counted"
                continue
            own = self.rows[(self.rows["list"] == name).to_numpy()]
            yield f"  list {name}: " + "; ".join(
                _counts(labels_of(own, star_id, cut), min_members, cut) for cut in block["cuts"]
            )


def read_lists(
    sample: str,
    config: Block,
    datasets: Block,
    stars: pd.DataFrame,
    members: pd.DataFrame,
    aliases: Aliases,
) -> Lists:
    """Return the lists under `score/lists` of a sample, as a run reads them.

    `stars` and `members` are those of its catalogue, which is a table. Raises `InputProblem` for a
    file that is not there, a list that nobody can be found in, and one that nobody is in at its
    lowest cut.
    """
    blocks = config["score"]["lists"].get(sample, {})
    name = config["samples"][sample]["catalog"]
    catalog = config["catalogs"][name]
    key = f"score/lists/{sample}"
    tables = {}
    for own, block in blocks.items():
        if "members" in block:
            asked = block["members"]
            of_list = {"path", "dataset"} & set(asked)
            file = (asked, f"{key}/{own}/members") if of_list else (catalog, f"catalogs/{name}")
            path = table_file(*file, datasets)
            tables[own] = read_list(path, asked, stars, aliases, catalog)
        elif "truth" in block:
            tables[own] = members
    rows = rows_of_lists(tables or {"": listed_members(members.iloc[:0])})
    check_cuts(rows, {own: blocks[own]["cuts"] for own in tables}, key)
    return Lists(blocks, rows)


def _counts(labels: npt.NDArray[np.object_], min_members: int, cut: float) -> str:
    """Words on the labels (n,) that a list gives to the stars of a sample at a cut."""
    sizes = pd.Series(labels[labels != ""]).value_counts()
    counted = int((sizes >= min_members).sum())
    where = f"at {cut:g} " if cut else ""
    return f"{where}{sizes.sum():,} stars of {len(sizes)} clusters, {counted} of which count"
