"""Giants of APOGEE DR17 in open clusters, tagged once and scored by two published lists.

OCCAM (Myers et al. 2022) and Cantat-Gaudin et al. (2018). Numbers, date and command stand in
docs/census.md. The table is no part of the repository.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from chemtag.score.lists import Draws, list_scores_rows, reference, truths_of_lists
from chemtag.select.lists import rows_of_lists
from chemtag.select.truth import truth_of
from chemtag.tag.algorithms import ALGORITHMS, settings_of
from chemtag.tag.numbering import find_groups
from chemtag.tag.protocol import Space

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
TABLE = DATA / "apogee" / "occam_dr17_members_16clusters.fits"
ELEMENTS = ("FE_H", "MG_H", "O_H", "SI_H", "AL_H", "C_H")
SETTING = {"min_cluster_size": 5, "min_samples": 3}
BLOCKS = {
    "occam": {"label": "OCCAM, least of RV and PM", "cuts": [0, 0.05, 0.3, 0.5, 0.7]},
    "cg18": {"label": "Cantat-Gaudin et al. (2018)", "cuts": [0, 0.5, 0.7, 0.9]},
}


@pytest.fixture(scope="module")
def stars() -> pd.DataFrame:
    if not TABLE.is_file():
        pytest.skip(f"needs {TABLE.name}, which is not there")
    return stars_with_all_elements()


def stars_with_all_elements() -> pd.DataFrame:
    """Stars with the six abundances, one row a star, in the order of their names."""
    from astropy.table import Table

    table = Table.read(TABLE).to_pandas()
    table = table.assign(
        star_id=table["APOGEE_ID"].str.decode("ascii").str.strip(),
        cluster=table["CLUSTER"].str.decode("ascii").str.strip(),
    )
    table = table[np.isfinite(table[list(ELEMENTS)]).all(axis=1)]
    return table.sort_values("star_id").drop_duplicates("star_id").reset_index(drop=True)


def lists_of(stars: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Members by each list: OCCAM without the probability of [Fe/H], which is chemistry."""
    motion = np.minimum(stars["RV_PROB"], stars["PM_PROB"]).clip(0, 1)
    own = stars[["star_id", "cluster"]]
    gaia = np.isfinite(stars["CG18_P"])
    return {
        "occam": own.assign(probability=motion),
        "cg18": own[gaia].assign(probability=stars.loc[gaia, "CG18_P"]),
    }


def scores(stars: pd.DataFrame, not_members: str) -> pd.DataFrame:
    """Scores of the groups of HDBSCAN leaf, in dex, by each list and cut."""
    star_id = stars["star_id"].to_numpy(dtype=object)
    one = ALGORITHMS["hdbscan_leaf"]
    space = Space(star_id, stars[list(ELEMENTS)].to_numpy(dtype=float))
    groups = find_groups(one.tagger, space, settings_of(one, SETTING), 1).group
    own = reference(truth_of(stars["cluster"].to_numpy(), 4))
    blocks = {name: {**block, "not_members": not_members} for name, block in BLOCKS.items()}
    others = truths_of_lists(rows_of_lists(lists_of(stars)), blocks, star_id, 4)
    return pd.concat(list_scores_rows(groups, own, others, Draws(500, 500, 1, "occam")))


@pytest.mark.slow
def test_two_published_lists_and_their_cuts(stars):
    wide = {}
    for policy in ("drop", "field"):
        table = scores(stars, policy)
        for place, rows in table.groupby("place"):
            row = rows.set_index("metric")
            rf, match, false = (row.loc[name] for name in ("rf40", "rf_area", "statistical_40"))
            wide[policy, rf["list"], rf["cut"]] = rf["value"], match["value"]
            print(
                f"{policy} {place} {rf['label']}, {rf['cut']:g}: {rf['n_stars']} stars, "
                f"{rf['n_clusters']} clusters, {rf['n_shared']} shared; RF40 {rf['value']:.2f} "
                f"[{rf['low']:.2f}, {rf['high']:.2f}], chance {rf['null_mean']:.2f}; mean match "
                f"{match['value']:.2f} [{match['low']:.2f}, {match['high']:.2f}], chance "
                f"{match['null_mean']:.2f}; false {false['value']:.2f}"
            )
    assert len(stars) == 290
    # RF40 and mean match, docs/census.md.
    assert wide["drop", "truth", 0] == pytest.approx((5 / 16, 0.33), abs=0.005)
    assert wide["drop", "occam", 0.5] == pytest.approx((5 / 16, 0.33), abs=0.005)
    assert wide["drop", "cg18", 0.5] == pytest.approx((5 / 16, 0.33), abs=0.005)
    assert wide["drop", "occam", 0.7] == pytest.approx((6 / 14, 0.31), abs=0.005)
    assert wide["drop", "cg18", 0.9] == pytest.approx((6 / 12, 0.48), abs=0.005)
    assert wide["field", "cg18", 0.9] == pytest.approx((4 / 12, 0.36), abs=0.005)
