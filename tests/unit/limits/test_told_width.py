"""The width of other clusters: each cluster is scored by a scan that was not told of it."""

import numpy as np
import pytest

from chemtag.base.problems import InputProblem
from chemtag.limits import told_width
from chemtag.limits.told_width import told_width_rows
from chemtag.select.truth import Truth

NAMES = ["fe_h", "mg_fe", "al_fe"]


def sample(seed=0, n_clusters=8, n_stars=12, n_field=60):
    """Clusters of one correlated width, wider than their errors say, among field stars."""
    rng = np.random.default_rng(seed)
    spread = np.array([[1.0, 0.6, 0.0], [0.6, 1.0, 0.0], [0.0, 0.0, 1.0]]) * 0.03**2
    centres = rng.normal(0, 0.3, (n_clusters, 3))
    code = np.append(np.repeat(np.arange(n_clusters), n_stars), np.full(n_field, -1))
    field = rng.normal(0, 0.3, (n_field, 3))
    values = np.vstack([centres[code[code >= 0]], field])
    values = values + rng.multivariate_normal(np.zeros(3), spread, len(values))
    names = tuple(f"c{k}" for k in range(n_clusters))
    eligible = np.arange(n_clusters) != 2
    return values, np.full(values.shape, 0.01), Truth(code, names, eligible)


def test_a_cluster_is_scored_by_a_scan_that_knows_the_width_of_the_others(monkeypatch):
    values, errors, truth = sample()
    seen = []
    measure = told_width.width_of_clusters

    def watched(members, names, clusters):
        seen.append((len(members), set(np.unique(clusters))))
        return measure(members, names, clusters)

    monkeypatch.setattr(told_width, "width_of_clusters", watched)
    rows = list(told_width_rows(values, errors, NAMES, truth, 0))
    assert len(rows) == 7 * 3, "eligible clusters at three levels"
    scored = [0, 1, 3, 4, 5, 6, 7]
    assert seen == [(84, set(range(8)) - {code}) for code in scored], "and never on itself"
    assert {row["n_others"] for row in rows} == {84}
    found = {level: [r for r in rows if r["level"] == level] for level in ("claims", "candidates")}
    assert sum(row["recovered_40"] for row in found["claims"]) >= 5
    assert all(row["recovered_40"] == (row["match"] >= 0.4) for row in rows)
    assert all(row["n_groups"] <= 20 for row in found["claims"])


def test_too_few_other_members_are_refused():
    values, errors, truth = sample(n_clusters=3, n_stars=3)
    with pytest.raises(InputProblem, match="needs 6 members more than clusters"):
        list(told_width_rows(values, errors, NAMES, truth, 0))
