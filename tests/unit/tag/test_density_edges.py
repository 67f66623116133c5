"""The exact core at its edges: tiny and unusable inputs, metrics, memory, imports, caches."""

import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import cdist

import chemtag
from chemtag.base.imports import version_of_code
from chemtag.base.problems import InputProblem
from chemtag.tag.density import (
    as_euclidean,
    cluster,
    cluster_grid,
    fraction_changed,
    mahalanobis_map,
    neighbours_for,
    predicted_memory,
    reference_cluster,
    row_order_sensitivity,
    search,
    spanning_tree,
)


@pytest.mark.parametrize("method", ["eom", "leaf"])
@pytest.mark.parametrize("allow_single_cluster", [False, True])
@pytest.mark.parametrize("metric", ["euclidean", "manhattan"])
def test_samples_smaller_than_the_settings_are_noise(method, allow_single_cluster, metric):
    for n in (1, 2, 3, 4):
        X = np.arange(n, dtype=float).reshape(-1, 1) ** 2
        groups = cluster(X, 5, 10, method, allow_single_cluster=allow_single_cluster, metric=metric)
        assert groups.labels.tolist() == [-1] * n
        assert groups.probabilities.tolist() == [0.0] * n
        assert len(groups.persistence) == 0


def test_min_samples_beyond_the_sample_uses_the_farthest_neighbour():
    X = np.random.default_rng(0).normal(size=(12, 3))
    for method in ("eom", "leaf"):
        beyond, most = (cluster(X, 3, s, method).labels for s in (500, 11))
        np.testing.assert_array_equal(beyond, most)


def test_duplicates_of_one_star_are_noise_or_the_one_group():
    X = np.tile([0.1, -0.2, 0.3], (40, 1))
    assert (cluster(X, 5, 3).labels == -1).all()
    alone = cluster(X, 5, 3, allow_single_cluster=True)
    assert (alone.labels == 0).all()
    assert (alone.probabilities == 1).all()
    assert alone.persistence.tolist() == [1.0]


def test_two_heaps_of_duplicates_are_two_groups():
    X = np.repeat([[0.0, 0.0], [1.0, 0.0]], [20, 30], axis=0)
    groups = cluster(X, 5, 3)
    assert groups.labels.tolist() == [1] * 20 + [0] * 30
    assert (groups.probabilities == 1).all()
    assert groups.persistence.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("d", range(1, 41))
def test_any_number_of_dimensions(d):
    rng = np.random.default_rng(d)
    X = np.vstack([rng.normal(size=(30, d)) * 0.01, rng.normal(size=(20, d)) * 0.01 + 1])
    assert cluster(X, 10, 3).labels.tolist() == [0] * 30 + [1] * 20


def test_layout_and_type_of_the_input_do_not_matter():
    X = np.random.default_rng(1).normal(size=(300, 6)).astype(np.float32)
    wide = np.zeros((600, 12))
    wide[::2, ::2] = X
    expected = list(cluster_grid(X.astype(float), [3, 10], [2, 5]))
    for same in (X, np.asfortranarray(X), wide[::2, ::2], X.tolist()):
        for a, b in zip(expected, cluster_grid(same, [3, 10], [2, 5]), strict=True):
            np.testing.assert_array_equal(a.labels, b.labels)


def test_read_only_input_works_and_compiles_nothing_anew():
    X = np.random.default_rng(1).normal(size=(300, 6))
    expected = cluster(X, 3, 2).labels
    stored = neighbours_for(X, [2])
    X.setflags(write=False)
    for array in vars(stored).values():
        array.setflags(write=False)
    for neighbours in (None, stored):
        np.testing.assert_array_equal(cluster(X, 3, 2, neighbours=neighbours).labels, expected)
    compiled = (search.nearest_in_float32, search.measure_lists, spanning_tree._scan_lists)
    assert [len(f.signatures) for f in compiled] == [1, 1, 1]


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda X: X.__setitem__((7, 2), np.nan), "row 7, column 2"),
        (lambda X: X.__setitem__((3, 0), np.inf), "row 3, column 0"),
        (lambda X: X.__setitem__((3, 0), 1e200), "reach 1e[+]200"),
    ],
)
def test_unusable_coordinates_are_named(spoil, sentence):
    X = np.random.default_rng(1).normal(size=(20, 3))
    spoil(X)
    for call in (cluster, reference_cluster):
        with pytest.raises(InputProblem, match=sentence):
            call(X, 3, 2)


@pytest.mark.parametrize("shape", [(0, 3), (5, 0), (5,)])
def test_a_table_without_stars_or_dimensions_is_refused(shape):
    with pytest.raises(InputProblem, match="shape"):
        cluster(np.zeros(shape), 3, 2)


def test_impossible_settings_are_refused():
    X = np.random.default_rng(1).normal(size=(20, 3))
    for setting in ((1, 2), (3, 0), (0, 2)):
        with pytest.raises(ValueError, match="expected"):
            cluster(X, *setting)
    with pytest.raises(ValueError, match="method"):
        cluster(X, 3, 2, "best")
    with pytest.raises(ValueError, match="epsilon"):
        cluster(X, 3, 2, epsilon=-1.0)
    with pytest.raises(ValueError, match="metric"):
        cluster(X, 3, 2, metric="cosine")


def test_mahalanobis_is_a_linear_map():
    rng = np.random.default_rng(3)
    A = rng.normal(size=(5, 5))
    X = rng.normal(size=(200, 5)) @ A
    C = np.cov(X, rowvar=False)
    direct = cdist(X, X, "mahalanobis", VI=np.linalg.inv(C))
    np.testing.assert_allclose(cdist(*2 * [X @ mahalanobis_map(C)]), direct, atol=1e-9)
    np.testing.assert_allclose(cdist(*2 * [as_euclidean(X, "mahalanobis")]), direct, atol=1e-9)
    # The metric does not change under a linear map, so neither do the groups.
    for method in ("eom", "leaf"):
        a = cluster(X, 4, 1, method, metric="mahalanobis").labels
        b = cluster(X @ rng.normal(size=(5, 5)), 4, 1, method, metric="mahalanobis").labels
        np.testing.assert_array_equal(a, b)


def test_a_singular_covariance_is_refused():
    X = np.random.default_rng(3).normal(size=(50, 3))
    with pytest.raises(InputProblem, match="singular"):
        cluster(np.column_stack([X, X.sum(1)]), 3, 2, metric="mahalanobis")
    with pytest.raises(InputProblem, match="singular"):
        cluster(np.column_stack([X, np.ones(50)]), 3, 2, metric="mahalanobis")
    with pytest.raises(InputProblem, match="symmetric"):
        mahalanobis_map([[1.0, 2.0], [0.0, 1.0]])
    with pytest.raises(InputProblem, match="one star"):
        cluster(X[:1], 3, 2, metric="mahalanobis")


@pytest.mark.parametrize("method", ["eom", "leaf"])
def test_manhattan_groups_are_those_of_hdbscan(method):
    rng = np.random.default_rng(4)
    X = rng.normal(size=(400, 5)) * rng.choice([0.1, 1.0], size=(400, 1))
    ours = cluster(X, 5, 1, method, metric="manhattan")
    theirs = reference_cluster(X, 5, 1, method, metric="manhattan")
    assert ours.labels.max() > 0
    np.testing.assert_array_equal(ours.labels, theirs.labels)
    order = rng.permutation(len(X))
    again = cluster(X[order], 5, 4, method, metric="manhattan").labels
    assert fraction_changed(cluster(X, 5, 4, method, metric="manhattan").labels[order], again) == 0


def test_manhattan_is_refused_where_it_would_take_hours(monkeypatch):
    monkeypatch.setattr("chemtag.tag.density.reference.LARGEST_MANHATTAN", 10)
    with pytest.raises(InputProblem, match="Manhattan"):
        cluster(np.zeros((11, 2)), 3, 2, metric="manhattan")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([0, 0, 1, 1, -1], [1, 1, 0, 0, -1], 0.0),
        ([0, 0, 0, 0, -1], [0, 0, 0, -1, -1], 0.2),
        ([0, 0, 0, 0, -1], [0, 0, 0, 1, 1], 0.4),
        ([0, 0, 1, 1, 1], [0, 0, 0, 0, 0], 0.4),
        ([-1, -1], [-1, -1], 0.0),
        ([0, 0], [-1, -1], 1.0),
    ],
)
def test_fraction_of_stars_that_change_group(before, after, expected):
    assert fraction_changed(np.array(before), np.array(after)) == pytest.approx(expected)


def test_row_order_sensitivity_is_reproducible_and_null_without_ties():
    X = np.random.default_rng(5).normal(size=(250, 4))
    a, b = (
        row_order_sensitivity(X, 4, 1, "leaf", n_permutations=3, rng=np.random.default_rng(1))
        for _ in range(2)
    )
    np.testing.assert_array_equal(a.adjusted_rand_index, b.adjusted_rand_index)
    assert (a.adjusted_rand_index == 1).all()
    assert (a.fraction_changed == 0).all()


def test_predicted_memory_covers_what_is_allocated():
    """Arrays seen by numpy's own tracing, for both a wide and a narrow problem."""
    import tracemalloc

    for n, d, k in ((30_000, 18, 30), (30_000, 5, 16)):
        X = np.random.default_rng(6).normal(size=(n, d))
        list(cluster_grid(X[:300], [5], [k]))
        tracemalloc.start()
        list(cluster_grid(X, [5], [k]))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert 0.7 * peak < predicted_memory(n, d, k) < 2 * peak


def test_importing_the_package_does_not_import_the_compiler():
    code = "import sys, chemtag, chemtag.tag.density; assert 'numba' not in sys.modules"
    source = Path(chemtag.__file__).parents[1]
    subprocess.run([sys.executable, "-c", code], cwd=source, check=True)


SCRIPTS = Path(chemtag.__file__).parents[1]
COMPILED = [
    path.relative_to(SCRIPTS).with_suffix("").as_posix().replace("/", ".")
    for path in sorted((SCRIPTS / "chemtag" / "tag").rglob("*.py"))
    if "njit(cache" in path.read_text() or "@compiled(" in path.read_text()
]


@pytest.mark.parametrize("module", COMPILED)
def test_compiled_functions_are_renewed_with_all_that_their_file_imports(module):
    """numba alone renews its cache when a function's own file changes, not an imported one."""
    from numba.core.caching import FunctionCache
    from numba.core.registry import CPUDispatcher

    loaded = importlib.import_module(module)
    stamps = [
        function._cache._cache_file._source_stamp
        for function in vars(loaded).values()
        if isinstance(function, CPUDispatcher) and function.py_func.__module__ == module
        and isinstance(function._cache, FunctionCache)
    ]  # fmt: skip
    assert stamps
    assert {stamp[-1] for stamp in stamps} == {version_of_code(Path(loaded.__file__))}
