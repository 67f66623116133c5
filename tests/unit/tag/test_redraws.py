"""Draws of abundances within their errors."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2, kstest

from chemtag.base.problems import InputProblem
from chemtag.base.tables import read_table, write_table
from chemtag.survey.abundances import to_ratio
from chemtag.tag.redraws import (
    Population,
    added,
    checked_errors,
    deconvolved,
    population_of,
    redrawn,
    redraws_of,
)

sys.path.insert(0, str(Path(__file__).parents[3] / "workflow" / "scripts"))
from redraw_stars import redraw_stars


def deviation(sample, mean, covariance):
    """p-values that the mean and the squared Mahalanobis distances are those of a Gaussian."""
    n, d = sample.shape
    inverse = np.linalg.inv(covariance)
    offset = sample.mean(axis=0) - mean
    of_mean = chi2.sf(n * offset @ inverse @ offset, d)
    away = sample - mean
    distances = np.einsum("ni,ij,nj->n", away, inverse, away)
    return of_mean, kstest(distances, chi2(d).cdf).pvalue


@pytest.mark.parametrize(("scale", "variance"), [("full", 1.0), ("half", 0.5)])
def test_added_errors_have_their_share_of_the_variance(scale, variance):
    rng = np.random.default_rng(1)
    errors = rng.uniform(0.02, 0.2, (4000, 3))
    values = rng.normal(size=(4000, 3))
    z = (redrawn(values, errors, scale, None, rng) - values) / errors
    of_mean, of_spread = deviation(z, np.zeros(3), variance * np.eye(3))
    assert of_mean > 1e-3
    assert of_spread > 1e-3


def test_full_draws_double_the_noise_of_the_catalogue():
    rng = np.random.default_rng(2)
    errors = np.full((20000, 2), 0.1)
    observed = rng.normal(0.3, errors)
    ratio = added(observed, errors, 1.0, rng).var(axis=0, ddof=1) / 0.01
    # the variance of a variance of n Gaussian numbers is 2 / (n - 1)
    np.testing.assert_allclose(ratio, 2.0, atol=4 * 2 * np.sqrt(2 / 19999))


def test_errors_that_are_not_independent_are_drawn_so():
    rng = np.random.default_rng(3)
    covariance = np.array([[0.04, 0.03, 0.0], [0.03, 0.09, -0.02], [0.0, -0.02, 0.05]])
    n = 9000  # more than two blocks
    drawn = added(np.ones((n, 3)), np.tile(covariance, (n, 1, 1)), 1.0, rng)
    assert min(deviation(drawn, np.ones(3), covariance)) > 1e-3


S = np.array([[1.0, 0.6, 0.0], [0.6, 0.8, 0.1], [0.0, 0.1, 0.3]])
MEAN = np.array([0.1, -0.2, 0.0])


def test_the_draws_of_one_star_are_its_posterior():
    """Mean m + S (S + V)^-1 (w - m), covariance S - S (S + V)^-1 S (Bovy et al. 2011)."""
    rng = np.random.default_rng(4)
    w, e = np.array([1.3, -0.9, 0.6]), np.array([0.3, 0.7, 0.5])
    gain = S @ np.linalg.inv(S + np.diag(e**2))
    people = Population(MEAN, np.linalg.cholesky(S))
    drawn = deconvolved(np.tile(w, (6000, 1)), np.tile(e, (6000, 1)), people, rng)
    mean, covariance = MEAN + gain @ (w - MEAN), S - gain @ S
    assert min(deviation(drawn, mean, covariance)) > 1e-3
    full = np.tile(np.diag(e**2), (6000, 1, 1))
    drawn = deconvolved(np.tile(w, (6000, 1)), full, people, rng)
    assert min(deviation(drawn, mean, covariance)) > 1e-3


def test_an_abundance_without_error_is_drawn_from_what_the_others_say():
    rng = np.random.default_rng(5)
    w, e = np.array([1.3, 99.0, 0.6]), np.array([0.3, np.nan, 0.5])
    people = Population(MEAN, np.linalg.cholesky(S))
    drawn = deconvolved(np.tile(w, (6000, 1)), np.tile(e, (6000, 1)), people, rng)
    seen = [0, 2]
    gain = S[:, seen] @ np.linalg.inv(S[np.ix_(seen, seen)] + np.diag(e[seen] ** 2))
    mean, covariance = MEAN + gain @ (w - MEAN)[seen], S - gain @ S[seen]
    assert min(deviation(drawn, mean, covariance)) > 1e-3


def test_deconvolved_draws_of_a_gaussian_sample_are_as_broad_as_the_truth():
    rng = np.random.default_rng(6)
    n = 5000
    truth = rng.multivariate_normal(MEAN, S, n)
    errors = rng.uniform(0.2, 0.8, (n, 3))
    observed = truth + errors * rng.standard_normal((n, 3))
    people = population_of(observed, errors)
    # a covariance of n stars scatters by sqrt((C_ii C_jj + C_ij^2) / n)
    total = S + np.diag((errors**2).mean(axis=0))
    scatter = np.sqrt((np.outer(np.diag(total), np.diag(total)) + total**2) / n)
    assert (np.abs(people.covariance - S) < 4.5 * scatter).all()
    drawn = np.cov(deconvolved(observed, errors, people, rng), rowvar=False)
    assert (np.abs(drawn - S) < 4.5 * scatter).all()
    assert (np.cov(observed, rowvar=False).diagonal() > S.diagonal() + 4.5 * scatter[0, 0]).any()


def test_directions_of_pure_noise_get_no_variance():
    rng = np.random.default_rng(7)
    line = rng.normal(size=(3000, 1)) * np.array([2.0, 1.0, 0.0])
    errors = np.full((3000, 3), 0.5)
    people = population_of(line + rng.normal(0, 0.5 * 0.9, line.shape), errors)
    assert people.factor.shape == (3, 1)
    axis = people.factor[:, 0] / np.linalg.norm(people.factor)
    assert abs(axis @ np.array([2, 1, 0]) / np.sqrt(5)) > 0.999


@pytest.mark.parametrize(
    ("errors", "scale", "words"),
    [
        ([[np.nan], [np.nan]], "half", "mg_fe_err is empty, and"),
        ([[0.1], [0.0]], "deconvolved", "1 errors that are not above 0"),
        ([[0.1], [np.nan]], "half", "empty for 1 stars"),
    ],
)
def test_errors_that_cannot_be_drawn_are_refused(errors, scale, words):
    with pytest.raises(InputProblem, match=words):
        checked_errors(np.array(errors), ["mg_fe"], "a.parquet", scale)


def test_imputed_abundances_can_be_deconvolved():
    checked_errors(np.array([[0.1], [np.nan]]), ["mg_fe"], "a.parquet", "deconvolved")


def test_too_few_stars_for_a_population_are_refused():
    with pytest.raises(InputProblem, match="needs 6 stars"):
        population_of(np.ones((5, 3)), np.ones((5, 3)))


@pytest.fixture
def sample(tmp_path):
    """Tables of 60 stars in [X/Fe] and of their space in [X/H], divided by odd numbers."""
    rng = np.random.default_rng(8)
    elements, star_id = ["fe", "mg", "si"], [f"s{i:02d}" for i in range(60)]
    values = rng.normal(0, 0.2, (60, 3)) + np.repeat(np.eye(3), 20, axis=0)
    errors = rng.uniform(0.01, 0.05, (60, 3))
    columns = ["fe_h", "mg_fe", "si_fe"]
    table = pd.DataFrame(values, columns=columns).assign(star_id=star_id)
    table[[f"{column}_err" for column in columns]] = errors
    meta = {"sample": "toy", "elements": elements, "ratio": "x_fe"}
    write_table(table, tmp_path / "abundances.parquet", "abundances", meta)
    in_h, _ = to_ratio(values, errors, elements, "x_fe", "x_h")
    centre, divisor = np.array([0.3, -0.1, 0.2]), np.array([0.5, 2.0, 0.1])
    space = pd.DataFrame((in_h - centre) / divisor, columns=["fe_h", "mg_h", "si_h"])
    meta = {
        "sample": "toy",
        "space": "odd",
        "ratio": "x_h",
        "centre": centre.tolist(),
        "divisor": divisor.tolist(),
    }
    write_table(space.assign(star_id=star_id), tmp_path / "space.parquet", "space", meta)
    return tmp_path


HEADLINE = {"metric": "euclidean", "method": "leaf", "min_cluster_size": 3, "min_samples": 2}


def tagged(folder, batch, scale="half", conversion="quadrature", memory_mb=2000):
    redraw_stars(
        abundances=folder / "abundances.parquet",
        space=folder / "space.parquet",
        redrawn_groups=folder / "out.parquet",
        batch=batch,
        draw_scale=scale,
        error_conversion=conversion,
        headline=HEADLINE,
        backend="exact",
        seed=5,
        memory_mb=memory_mb,
    )
    return read_table(folder / "out.parquet", "redrawn_groups").set_index("star_id")


@pytest.mark.parametrize("scale", ["half", "deconvolved"])
def test_a_draw_is_the_same_in_whichever_batch(sample, scale):
    at_once = tagged(sample, "0000-0003", scale)
    parts = [tagged(sample, batch, scale) for batch in ("0000-0000", "0001-0003")]
    pd.testing.assert_frame_equal(at_once, pd.concat(parts, axis=1))
    assert at_once.nunique(axis=1).max() > 1, "draws differ"


@pytest.mark.parametrize(("conversion", "shared"), [("quadrature", True), ("unchanged", False)])
def test_draws_share_the_error_of_iron_and_keep_the_scale_of_the_space(
    sample, monkeypatch, conversion, shared
):
    import redraw_stars as script

    seen = []

    def spy(space, *arguments):
        seen.append(space.coordinates)
        return tagging(space, *arguments)

    tagging = script.tagging
    monkeypatch.setattr(script, "tagging", spy)
    tagged(sample, "0000-0149", "full", conversion)
    space = read_table(sample / "space.parquet")
    abundances = read_table(sample / "abundances.parquet")
    divisor = np.array(space.attrs["divisor"])
    points = space[["fe_h", "mg_h", "si_h"]].to_numpy()
    moved = (np.array(seen) - points) * divisor  # dex
    error = abundances[["fe_h_err", "mg_fe_err", "si_fe_err"]].to_numpy()
    variance = error**2 + (error[:, :1] ** 2 * [0, 1, 1] if shared else 0)
    ratio = (moved**2).mean(axis=0) / variance
    n = ratio.shape[0] * 150
    np.testing.assert_allclose(ratio.mean(axis=0), 1.0, atol=4 * np.sqrt(2 / n))
    iron_and_magnesium = (moved[:, :, 0] * moved[:, :, 1]).mean(axis=0) / error[:, 0] ** 2
    spread = iron_and_magnesium.std() / np.sqrt(len(iron_and_magnesium))
    assert iron_and_magnesium.mean() == pytest.approx(1.0 if shared else 0.0, abs=4 * spread)


def test_draws_pass_the_transform_of_the_space(sample, monkeypatch):
    import redraw_stars as script

    plain, turned = [], []
    tagging = script.tagging
    matrix = np.array([[1.0, 0.0], [2.0, 1.0], [0.0, 3.0]])
    for seen, name in ((plain, "plain"), (turned, "turned")):

        def spy(space, *arguments, seen=seen):
            seen.append(space.coordinates)
            return tagging(space, *arguments)

        monkeypatch.setattr(script, "tagging", spy)
        if name == "turned":
            space = read_table(sample / "space.parquet", "space")
            points = space[["fe_h", "mg_h", "si_h"]].to_numpy() @ matrix
            table = pd.DataFrame(points, columns=["pc1", "pc2"]).assign(star_id=space["star_id"])
            meta = {**space.attrs, "matrix": matrix.tolist()}
            write_table(table, sample / "space.parquet", "space", meta)
        tagged(sample, "0000-0000")
    np.testing.assert_allclose(turned[0], plain[0] @ matrix)


def test_too_little_memory_stops_before_the_work(sample):
    with pytest.raises(InputProblem, match="--set-resources redraw_stars:mem_mb=500"):
        tagged(sample, "0000-0000", memory_mb=200)


def test_abundances_of_other_stars_are_refused(sample):
    table = read_table(sample / "abundances.parquet")
    attrs = table.attrs
    write_table(table.iloc[1:], sample / "abundances.parquet", "abundances", attrs)
    with pytest.raises(InputProblem, match="its 59 stars are not the 60 stars"):
        tagged(sample, "0000-0000")


def test_draws_of_astrometry_have_the_correlation_of_its_errors():
    n = 4000
    rng = np.random.default_rng(5)
    stars = pd.DataFrame({"star_id": [f"{i:05d}" for i in range(n)]})
    for name, error in (("pmra", 0.1), ("parallax", 0.02)):
        stars[name], stars[f"{name}_err"] = rng.normal(0, 5, n), error
    stars["parallax_pmra_corr"] = -0.6
    stars.attrs = {"elements": [], "features": ["pmra", "parallax"], "ratio": "x_fe"}
    space = stars[["star_id", "pmra", "parallax"]].copy()
    space.attrs = {"ratio": "x_h", "centre": [0.0, 0.0], "divisor": [0.1, 0.02]}
    made = redraws_of(stars, space, "quadrature", "full", "t")
    shift = made.coordinates(np.random.default_rng(1)) - space[["pmra", "parallax"]] / [0.1, 0.02]
    assert np.cov(shift.to_numpy(), rowvar=False) == pytest.approx(
        np.array([[1.0, -0.6], [-0.6, 1.0]]), abs=0.06
    )
