"""The estimators: scikit-learn's own checks, the package hdbscan, row orders and grids."""

import hdbscan
import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score
from sklearn.utils.estimator_checks import parametrize_with_checks

import chemtag
from chemtag import HDBSCAN, KnownWidth


# The blobs of scikit-learn are 0.2 wide.
@parametrize_with_checks([HDBSCAN(), KnownWidth(errors=0.2)])
def test_scikit_learn_accepts_it(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def stars():
    rng = np.random.default_rng(4)
    clumps = [rng.normal(3 * k, 0.4, (40, 3)) for k in range(4)]
    return np.concatenate([*clumps, rng.uniform(-3, 13, (60, 3))])


@pytest.mark.parametrize("method", ["eom", "leaf"])
def test_groups_are_those_of_the_package(stars, method):
    ours = HDBSCAN(8, 4, cluster_selection_method=method).fit(stars)
    theirs = hdbscan.HDBSCAN(8, 4, cluster_selection_method=method, approx_min_span_tree=False).fit(
        stars
    )
    assert adjusted_rand_score(ours.labels_, theirs.labels_) > 0.97
    assert ours.labels_.max() == theirs.labels_.max()
    assert len(ours.cluster_persistence_) == ours.labels_.max() + 1


def test_the_order_of_the_rows_changes_nothing():
    rng = np.random.default_rng(0)
    points = rng.integers(0, 6, (120, 2)).astype(float)  # many ties
    points += rng.normal(0, 1e-9, points.shape).round(9)
    labels = HDBSCAN(4, 2).fit_predict(points)
    for _ in range(5):
        order = rng.permutation(len(points))
        moved = np.empty_like(labels)
        moved[order] = HDBSCAN(4, 2).fit_predict(points[order])
        assert adjusted_rand_score(labels, moved) == pytest.approx(1)


def test_min_samples_defaults_to_min_cluster_size(stars):
    assert (HDBSCAN(9).fit(stars).labels_ == HDBSCAN(9, 9).fit(stars).labels_).all()


def test_a_grid_holds_the_groups_of_each_setting(stars):
    found = list(HDBSCAN().grid(stars, [5, 8], [3, 4], ["leaf"]))
    assert [(f.min_cluster_size, f.min_samples) for f in found] == [(5, 3), (8, 3), (5, 4), (8, 4)]
    for one in found:
        alone = HDBSCAN(one.min_cluster_size, one.min_samples, cluster_selection_method="leaf")
        assert (alone.fit(stars).labels_ == one.labels).all()


def test_the_package_names_what_it_has():
    assert chemtag.__all__ == ["HDBSCAN", "KnownWidth"]
    with pytest.raises(AttributeError, match="no attribute 'Hdbscan'"):
        _ = chemtag.Hdbscan


@pytest.fixture(scope="module")
def survey():
    """Three clusters of 25 stars, 0.05 dex wide in six elements, in a field 0.3 dex wide."""
    rng = np.random.default_rng(8)
    centres = rng.normal(0, 0.3, (3, 6))
    members = [centre + rng.normal(0, 0.05, (25, 6)) for centre in centres]
    points = np.concatenate([*members, rng.normal(0, 0.3, (300, 6))])
    return points, np.repeat([0, 1, 2, -1], [25, 25, 25, 300])


def test_clusters_of_the_known_width_are_found(survey):
    points, truth = survey
    found = KnownWidth(errors=0.05, scatter=0.0).fit(points)
    assert found.labels_.max() == 2
    for group in range(3):
        stars = truth[found.labels_ == group]
        (cluster,) = set(stars[stars >= 0])
        assert (stars == cluster).mean() > 0.9, "purity"
        assert (stars == cluster).sum() > 20, "completeness"
    assert (np.diff(found.evidence_) <= 0).all()
    assert ((found.probabilities_ > 0) == (found.labels_ >= 0)).all()


def test_they_do_not_depend_on_the_order_of_the_rows(survey):
    points, _ = survey
    errors = np.random.default_rng(1).uniform(0.04, 0.06, points.shape)
    labels = KnownWidth(scatter=0.0).fit(points, errors=errors).labels_
    order = np.random.default_rng(2).permutation(len(points))
    moved = KnownWidth(scatter=0.0).fit(points[order], errors=errors[order]).labels_
    assert (moved == labels[order]).all()


def test_it_is_the_tagger_of_the_workflow(survey):
    from chemtag.tag.protocol import Space
    from chemtag.tag.scan.tagger import tag_by_scan

    points, _ = survey
    sigma = np.full(6, 0.05)
    space = Space.of(points, np.diag(sigma**2 + 0.02**2))
    groups = tag_by_scan(space, {"level": "listed"}, 0)
    found = KnownWidth(sigma, 0.02, level="listed").fit(points)
    assert (found.labels_ == groups.group).all()
    assert (found.evidence_ == groups.significance).all()


def test_a_grid_of_levels_holds_each_level(survey):
    points, _ = survey
    for level, one in zip([-6, "claims"], KnownWidth().grid(points, [-6, "claims"]), strict=True):
        assert (KnownWidth(level=level).fit(points).labels_ == one.group).all()


def test_correlated_errors_are_part_of_the_width():
    signal = KnownWidth(0.1, 0.0, correlation=0.5)._signal(np.eye(3), 0.1)
    whitened = signal.matrix.T @ (0.01 * (0.5 * np.eye(3) + 0.5)) @ signal.matrix
    assert np.allclose(whitened, np.eye(len(whitened)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"errors": -1.0}, "from 0 up"),
        ({"errors": 0.0, "scatter": 0.0}, "width of a birth cluster is 0"),
        ({"errors": [0.1, 0.1]}, "the shape"),
        ({"level": "sure"}, "level='sure'"),
        ({"correlation": 1.0, "scatter": 0.0}, "singular"),
    ],
)
def test_what_is_no_width_is_a_value_error(change, words, survey):
    with pytest.raises(ValueError, match=words):
        KnownWidth(**change).fit(survey[0])
