"""Published clusters injected into a field: means, scatter, errors of hosts, and bad input."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from chemtag.base.problems import InputProblem
from chemtag.base.tables import read_table
from chemtag.forecast.injection import PublishedClusters, inject, published_clusters

PUBLISHED = Path(__file__).resolve().parents[3] / "resources" / "published"
MEANS = read_table(PUBLISHED / "occam_dr16_cluster_means.ecsv")
SCATTER = read_table(PUBLISHED / "poovelil2020_intrinsic_scatter.ecsv")


def field_of(n=2000, seed=0):
    """Abundances of fe, mg, ni; errors that name their star and element."""
    rng = np.random.default_rng(seed)
    values = rng.normal([-0.1, 0.05, 0.0], [0.2, 0.05, 0.03], (n, 3))
    return values, 0.001 * (1 + np.arange(n))[:, None] / n + [0.01, 0.02, 0.03]


def two_clusters(size=4000):
    means = np.array([[0.2, 0.0, 0.05], [-0.4, 0.15, 0.02]])
    scatter = np.array([0.03, 0.015, 0.007])
    return PublishedClusters(["a", "b"], np.array([size, size]), means, scatter, ["fe", "mg", "ni"])


@pytest.mark.parametrize("ratio", ["x_fe", "x_h"])
def test_members_have_published_mean_scatter_and_the_errors_of_their_hosts(ratio):
    published = two_clusters()
    field, errors = field_of()
    found = inject(published, field, errors, ratio, np.random.default_rng(1))
    np.testing.assert_array_equal(found.errors, errors[found.hosts])
    for code in range(2):
        stars = found.values[found.clusters == code]
        mean = published.means[code].copy()
        variance = published.scatter**2
        if ratio == "x_h":
            mean[1:] += mean[0]
            variance = variance + np.array([0, 1, 1]) * published.scatter[0] ** 2
        sd = np.sqrt(variance + (found.errors**2).mean(axis=0))
        assert np.abs(stars.mean(axis=0) - mean).max() < 4 * sd.max() / np.sqrt(len(stars))
        np.testing.assert_allclose(stars.std(axis=0), sd, rtol=0.05)


def test_hosts_are_of_like_iron():
    field, errors = field_of()
    found = inject(two_clusters(50), field, errors, "x_fe", np.random.default_rng(1))
    for code, iron in enumerate([0.2, -0.4]):
        nearest = np.argsort(np.abs(field[:, 0] - iron))[:200]
        assert set(found.hosts[found.clusters == code]) <= set(nearest)


def test_other_clusters_leave_a_cluster_as_it_is():
    field, errors = field_of()
    whole = inject(two_clusters(50), field, errors, "x_fe", np.random.default_rng(1))
    again = inject(two_clusters(50), field, errors, "x_fe", np.random.default_rng(1))
    np.testing.assert_array_equal(whole.values, again.values)


def test_published_clusters_of_a_sample():
    elements = ["fe", "c", "mg", "al", "si", "ca", "ni", "ba"]
    found = published_clusters(MEANS, SCATTER, elements, "here")
    assert found.elements == ["fe", "mg", "al", "si", "ca", "ni"], "c and ba have no scatter"
    assert len(found.names) == 36
    assert found.sizes.min() >= 5
    row = found.names.index("NGC 6819")
    original = MEANS.set_index("cluster").loc["NGC 6819"]
    assert found.means[row, 0] == original["fe_h"]
    assert found.means[row, 1] == original["mg_fe"]
    assert found.scatter[0] == 0.033
    fewer = published_clusters(MEANS, SCATTER, ["fe", "s", "ti"], "here")
    assert len(fewer.names) == 34, "S and Ti are missing in one cluster each"


def test_samples_without_published_elements_say_so():
    with pytest.raises(InputProblem, match=r"^here: injection needs iron .* of which mg are"):
        published_clusters(MEANS, SCATTER, ["mg", "ba"], "here")
    nothing = pd.DataFrame({"cluster": ["a"], "n_stars": [5], "fe_h": [0.0], "mg_fe": [np.nan]})
    with pytest.raises(InputProblem, match="no published cluster has all of fe, mg"):
        published_clusters(nothing, SCATTER, ["fe", "mg"], "here")
