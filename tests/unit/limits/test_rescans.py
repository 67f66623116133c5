"""The tagger of known width on shuffled samples and on draws within the errors."""

import sys
from pathlib import Path

import numpy as np
import pytest

from chemtag.base.problems import InputProblem
from chemtag.base.tables import conform, read_table, write_table
from chemtag.limits import rescans
from chemtag.limits.rescans import Scanned, rescan_rows, rescanned, stability_rows
from chemtag.paper.limit_numbers import rescan_numbers
from chemtag.select.truth import Truth

sys.path.insert(0, str(Path(__file__).parents[3] / "workflow" / "scripts"))

SIZES = (12, 9, 14)


def sample(n_field=80, seed=0) -> tuple[Scanned, Truth]:
    """Three clusters 0.02 dex wide among field stars on a line in two of three abundances."""
    rng = np.random.default_rng(seed)
    code = np.append(np.repeat(np.arange(3), SIZES), np.full(n_field, -1))
    iron = np.append([0.3, -0.3, 0.1], rng.normal(0, 0.25, n_field))
    centre = np.column_stack([iron, -0.4 * iron, rng.normal(0, 0.2, len(iron))])
    which = np.where(code >= 0, code, np.arange(len(code)) - sum(SIZES) + 3)
    values = centre[which] + 0.02 * rng.standard_normal((len(code), 3))
    width = np.tile(0.02**2 * np.eye(3), (len(code), 1, 1))
    truth = Truth(code, ("a", "b", "c"), np.ones(3, dtype=bool))
    return Scanned(values, width, 0.5 * width, 0), truth


def test_shuffled_samples_keep_iron_and_lose_the_clusters(monkeypatch):
    scanned, truth = sample()
    seen = []
    make = rescans.signal_space
    monkeypatch.setattr(rescans, "signal_space", lambda *a: seen.append(a) or make(*a))
    group = rescanned(scanned, "shuffled", "half", "few", 0, 1)["claims"]
    values, width = seen[0]
    assert np.array_equal(values[:, 0], scanned.values[:, 0])
    assert np.array_equal(np.sort(values, axis=0), np.sort(scanned.values, axis=0))
    assert not np.array_equal(values[:, 1], scanned.values[:, 1])
    assert np.array_equal(width, scanned.width)
    assert rescans.scores_of_groups(group, truth)["rf40"] == 0
    again = rescanned(scanned, "shuffled", "half", "few", 0, 1)["claims"]
    assert np.array_equal(group, again), "a draw has a stream of its own"


@pytest.mark.parametrize(("scale", "share"), [("full", 1.0), ("half", 0.5)])
def test_draws_within_the_errors_are_as_much_wider(monkeypatch, scale, share):
    scanned, _ = sample()
    seen = []
    make = rescans.signal_space
    monkeypatch.setattr(rescans, "signal_space", lambda *a: seen.append(a) or make(*a))
    rescanned(scanned, "redrawn", scale, "few", 0, 1)
    values, width = seen[0]
    assert np.allclose(width, scanned.width + share * scanned.errors)
    moved = (values - scanned.values).std()
    assert moved == pytest.approx(0.02 * np.sqrt(0.5 * share), rel=0.15)


def groups(*starts) -> np.ndarray:
    """Group g is the four stars from `starts[g]` on, of 20 stars."""
    group = np.full(20, -1)
    for g, start in enumerate(starts):
        group[start : start + 4] = g
    return group


def test_scores_stand_beside_their_draws():
    truth = Truth(groups(0, 4, 8), ("a", "b", "c"), np.ones(3, dtype=bool))
    observed = {"claims": groups(0, 4)}
    again = {
        "shuffled": [{"claims": groups(0)}, {"claims": groups()}, {"claims": groups(0, 12)}],
        "redrawn": [{"claims": groups(0, 4, 8)}] * 3,
    }
    table = conform(rescan_rows(observed, again, truth), "rescans", "test")
    rows = table.set_index(["kind", "score"])
    assert rows.loc[("shuffled", "rf40"), "value"] == pytest.approx(2 / 3)
    assert rows.loc[("shuffled", "rf40"), "null_mean"] == pytest.approx(2 / 9)
    assert rows.loc[("shuffled", "rf40"), "p_value"] == pytest.approx(1 / 4)
    assert rows.loc[("shuffled", "n_groups"), "p_value"] == pytest.approx(2 / 4), "one has as many"
    assert rows.loc[("shuffled", "statistical_40"), "null_mean"] == pytest.approx(1 / 6)
    assert rows.loc[("redrawn", "rf40"), "null_mean"] == 1
    assert np.isnan(rows.loc[("redrawn", "rf40"), "p_value"])
    numbers = rescan_numbers(table, "s", "limits/s.rescans.ecsv")
    assert set(numbers) == {"s.rescans.shuffled.claims.rf40", "s.rescans.redrawn.claims.rf40"}


def test_a_group_is_as_stable_as_its_best_mate_in_each_draw():
    observed = {"claims": groups(0, 10), "listed": groups()}
    draws = [{"claims": groups(0, 12)}, {"claims": groups(10)}]
    first, second = stability_rows(observed, draws)
    # group 0: itself, nothing; group 1: two of six stars shared, itself
    assert (first["jaccard"], second["jaccard"]) == (0.5, pytest.approx((1 / 3 + 1) / 2))
    assert (first["dissolved"], second["dissolved"]) == (0.5, 0.5)
    assert (first["n_stars"], first["n_draws"]) == (4, 2)


def test_the_step_writes_both_tables(tmp_path):
    sys.path.insert(0, str(Path(__file__).parents[1] / "tag"))
    from test_scan_levels import SETTINGS, WIDTH, scanned

    from rescan_stars import rescan_stars

    place = scanned(tmp_path / "one", settings=SETTINGS | {"null_draws": 0})
    rescan_stars(
        place / "abundances.parquet", place / "truth.parquet", place / "members.parquet", None,
        place / "rescans.ecsv", place / "stability.ecsv", "x_fe", "quadrature", "quoted", WIDTH,
        SETTINGS, "half", 4, 1, "s",
    )  # fmt: skip
    table = read_table(place / "rescans.ecsv", "rescans")
    rf40 = table[table["score"] == "rf40"].set_index(["kind", "level"])
    assert rf40.loc[("shuffled", "claims"), "value"] == 1
    assert rf40.loc[("shuffled", "claims"), "p_value"] == 1 / 5
    assert rf40.loc[("redrawn", "claims"), "null_mean"] > 0.7
    stable = read_table(place / "stability.ecsv", "scan_stability")
    assert stable.loc[stable["level"] == "claims", "jaccard"].min() > 0.6
    # The truth is that of the stars whose abundances are scanned again, or of none.
    stars = read_table(place / "abundances.parquet", "abundances")
    last = stars["star_id"].iloc[-1]
    stars = stars.replace({"star_id": {last: f"{last}z"}})
    write_table(stars, place / "abundances.parquet", "abundances", stars.attrs)
    with pytest.raises(InputProblem, match=r"truth.parquet: its \d+ stars are not the"):
        rescan_stars(
            place / "abundances.parquet", place / "truth.parquet", place / "members.parquet", None,
            place / "rescans.ecsv", place / "stability.ecsv", "x_fe", "quadrature", "quoted", WIDTH,
            SETTINGS, "half", 2, 1, "s",
        )  # fmt: skip
