"""The scan by its definitions: brute force, exact posteriors, blindness to order."""

import numpy as np
import pytest
from scan_samples import with_groups
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from chemtag.tag.scan import scanning
from chemtag.tag.scan.climb import climb
from chemtag.tag.scan.field import (
    Field,
    fit_field,
    log_local_ratio,
)
from chemtag.tag.scan.joint import Shares, fit_groups
from chemtag.tag.scan.membership import members_of
from chemtag.tag.scan.mixture import Mixture, deconvolve, fit_mixture, responsibilities
from chemtag.tag.scan.prior import prior_of
from chemtag.tag.scan.sample import make_sample
from chemtag.tag.scan.scanning import THRESHOLDS, first_maxima, scan
from chemtag.tag.scan.starts import best_starts, sibling_odds

TWO = Mixture(
    np.log([0.6, 0.4]),
    np.array([[0.0, 0.0], [5.0, -3.0]]),
    np.array([[[30.0, 5.0], [5.0, 12.0]], [[8.0, -2.0], [-2.0, 4.0]]]),
)
BROAD = Mixture(np.zeros(1), np.zeros((1, 2)), np.array([[[60.0, 10.0], [10.0, 40.0]]]))


def field_of(mixture, sample):
    """A field whose mixture is known."""
    log_density = mixture.log_density(sample.z, sample.variance)
    return Field("few", False, mixture, prior_of(mixture), log_density)


@pytest.fixture
def scattered():
    """Sixty stars of the mixture TWO with variances of their own."""
    rng = np.random.default_rng(5)
    v = rng.uniform(0.5, 2.0, (60, 2))
    return TWO.draw(v, rng), v


def test_density_of_a_mixture_is_that_of_scipy(scattered):
    z, v = scattered
    expected = [
        logsumexp([
            share + multivariate_normal(mean, spread + np.diag(error)).logpdf(star)
            for share, mean, spread in zip(TWO.log_share, TWO.mean, TWO.spread, strict=True)
        ])
        for star, error in zip(z, v, strict=True)
    ]  # fmt: skip
    np.testing.assert_allclose(TWO.log_density(z, v), expected, rtol=1e-10)
    shared = np.tile([1.3, 0.7], (60, 1))
    one = [TWO.log_density(z[i : i + 1], shared[:1])[0] for i in range(60)]
    np.testing.assert_allclose(TWO.log_density(z, shared), one, rtol=1e-12)
    varied = shared + np.linspace(0, 1e-13, 60)[:, None]  # by the other kernel
    np.testing.assert_allclose(TWO.log_density(z, varied), one, rtol=1e-9)


def test_draws_of_a_mixture_have_its_moments():
    v = np.tile([1.0, 4.0], (40_000, 1))
    z = BROAD.draw(v, np.random.default_rng(1))
    np.testing.assert_allclose(np.cov(z.T), BROAD.spread[0] + np.diag([1, 4]), atol=1.5)


def test_one_component_is_the_sample_covariance_less_the_width(scattered):
    z, _ = scattered
    found = fit_mixture(z, 1, seed=0)
    np.testing.assert_allclose(found.mean[0], z.mean(axis=0))
    np.testing.assert_allclose(found.spread[0], np.cov(z.T, bias=True) - np.eye(2), rtol=1e-10)


def test_no_component_is_narrower_than_the_width():
    rng = np.random.default_rng(2)
    z = np.vstack([rng.normal(0, 0.1, (50, 2)), rng.normal(8, 3, (50, 2))])
    found = fit_mixture(z, 2, seed=0)
    assert np.linalg.eigvalsh(found.spread).min() == pytest.approx(0.02)


def test_deconvolution_never_lowers_the_likelihood_and_finds_the_truth():
    """Bovy et al. 2011: EM. With one component the fixed point is the truth, errors of any size."""
    rng = np.random.default_rng(3)
    v = rng.choice([0.2, 9.0], (4000, 1)) * np.ones((1, 2))
    z = BROAD.draw(v, rng)
    now = Mixture(np.zeros(1), np.ones((1, 2)), 5 * np.eye(2)[None])
    before = -np.inf
    for _ in range(6):
        now = deconvolve(now, z, v, 5)
        _, likelihood = responsibilities(now.log_parts(z, v))
        assert likelihood >= before - 1e-12
        before = likelihood
    np.testing.assert_allclose(now.spread[0], BROAD.spread[0], rtol=0.08)


def test_local_ratio_by_the_sum_over_all_stars(scattered):
    z, v = scattered
    sample = make_sample(z, v)
    squares = ((sample.z[:, None] - sample.z[None]) ** 2).sum(axis=2)
    seen = np.where(squares <= 14 * 4, np.exp(-squares / 8), 0).sum(axis=1) - 1
    smooth = [
        60 * 2 * np.pi * 4 * np.exp(TWO.log_density(star[None], np.full((1, 2), 5.0))[0])
        for star in sample.z
    ]
    expected = np.log((seen + 5) / (np.array(smooth) + 5))
    np.testing.assert_allclose(log_local_ratio(sample, TWO), expected, rtol=1e-10)


def test_sibling_odds_by_their_definition(scattered):
    """Posterior predictive of a sibling by Bayes, one component: exact."""
    z, v = scattered
    sample = make_sample(z, v)
    log_density = BROAD.log_density(sample.z, sample.variance)
    odds, centre = sibling_odds(sample, prior_of(BROAD), log_density)
    inverse = np.linalg.inv(BROAD.spread[0])
    for j in (0, 17, 59):
        C = np.linalg.inv(inverse + np.diag(sample.precision[j]))
        t = C @ (sample.z[j] * sample.precision[j])
        kernel = multivariate_normal(t, np.diag(1 + np.diag(C))).pdf(np.delete(sample.z, j, 0))
        expected = (kernel / np.exp(np.delete(log_density, j))).sum() / 60
        np.testing.assert_allclose(centre[j], t, rtol=1e-10)
        assert odds[j] == pytest.approx(expected, rel=1e-4)  # stars beyond reach are left out


def test_starts_are_the_best_and_half_a_width_apart():
    place = np.array([[0.0, 0], [0.4, 0], [3, 0], [3, 0.51]])
    starts = best_starts(np.array([1.0, 9.0, 5.0, 4.0]), place, 10)
    np.testing.assert_array_equal(starts, place[[1, 2, 3]])
    assert len(best_starts(np.array([1.0, 9.0, 5.0, 4.0]), place, 2)) == 2


def brute_evidence(z, v, mixture, log_density, size):
    """ln of the integral over all centres of prod (1 + n/N (phi/p - 1)) p0, on a fine grid."""
    side = np.linspace(-25, 25, 1001)
    theta = np.stack(np.meshgrid(side, side, indexing="ij"), axis=-1).reshape(-1, 2)
    total = mixture.log_density(theta, np.zeros((1, 2)) + 1e-12)
    share = size / len(z)
    for star, error, log_p in zip(z, v, log_density, strict=True):
        log_phi = -0.5 * ((star - theta) ** 2 / error + np.log(2 * np.pi * error)).sum(axis=1)
        total += np.log1p(share * np.expm1(np.clip(log_phi - log_p, -700, 700)))
    return logsumexp(total) + 2 * np.log(side[1] - side[0])


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("clear", "below"), [(14, 0.05), (4, 0.6)])
def test_evidence_is_the_integral_over_all_centres(seed, clear, below):
    """Exact where it is clear who is a member; where it is not, too low by half a unit at most.

    EM knows the curvature that the likelihood would have, were the members known: too sharp.
    """
    rng = np.random.default_rng(seed)
    centre = TWO.draw(np.full((1, 2), 1e-9), rng)
    v = rng.uniform(0.5, 1.5, (40, 2))
    z = TWO.draw(v, rng)
    z[:12] = centre + np.sqrt(v[:12]) * rng.standard_normal((12, 2))
    sample = make_sample(z, v)
    member = np.isin(sample.order, np.arange(12))
    log_density = TWO.log_density(sample.z, sample.variance) + clear * (
        1 - 2 * member if clear > 10 else -1
    )
    found = climb(sample, prior_of(TWO), log_density, centre)
    assert len(found) == 1
    expected = brute_evidence(sample.z, sample.variance, TWO, log_density, found.size[0])
    assert -0.02 < expected - found.evidence[0] < below


def test_posterior_of_three_stars_is_exact():
    """Three sure members, one Gaussian prior: centre and Occam factor of the conjugate formula."""
    z = np.array([[0.3, 0.1], [-0.2, 0.4], [0.5, -0.6]])
    v = np.array([[1.0, 0.5], [2.0, 1.0], [0.5, 1.5]])
    inverse = np.linalg.inv(BROAD.spread[0])
    posterior = np.linalg.inv(inverse + np.diag((1 / v).sum(axis=0)))
    centre = posterior @ (z / v).sum(axis=0)
    far = np.full((3, 2), 300.0) + np.arange(3)[:, None] * 100
    sample = make_sample(np.vstack([z, far]), np.vstack([v, np.ones((3, 2))]))
    # The three are a million times likelier as members, the others never are.
    log_density = np.where(sample.z[:, 0] < 100, -30.0, 0.0)
    found = climb(sample, prior_of(BROAD), log_density, np.array([[0.5, 0.5]]))
    np.testing.assert_allclose(found.centre[0], centre, atol=1e-3)
    assert found.size[0] == pytest.approx(3, abs=1e-6)
    marginal = multivariate_normal(
        np.zeros(6), np.kron(np.ones((3, 3)), BROAD.spread[0]) + np.diag(v.ravel())
    ).logpdf(z.ravel())
    likelihood = 3 * np.log(0.5) + marginal - 3 * -30.0 + 3 * np.log(0.5)
    assert found.evidence[0] == pytest.approx(likelihood, abs=1e-3)


def test_joint_fit_is_em_of_the_whole_mixture():
    """At the end centres and sizes are a fixed point of EM written with full matrices."""
    z, v, _ = with_groups(150, [20, 12], d=3)
    sample = make_sample(z, v)
    wide = Mixture(np.zeros(1), np.zeros((1, 3)), 36 * np.eye(3)[None])
    field = field_of(wide, sample)
    odds, centre = sibling_odds(sample, field.prior, field.log_density)
    first = climb(sample, field.prior, field.log_density, best_starts(odds, centre, 50))
    found = first.above(-1)
    fit = fit_groups(sample, field.prior, field.log_density, found.centre, found.size, -1.0)
    N, G = len(z), len(fit.groups)
    assert G == 2
    log_phi = np.stack([
        sample.log_norm - 0.5 * ((sample.z - theta) ** 2 * sample.precision).sum(axis=1)
        for theta in fit.groups.centre
    ], axis=1)  # fmt: skip
    rest = 1 - fit.groups.size.sum() / N
    parts = np.column_stack([log_phi + np.log(fit.groups.size / N),
                             field.log_density + np.log(rest)])  # fmt: skip
    total = logsumexp(parts, axis=1)
    r = np.exp(parts - total[:, None])
    np.testing.assert_allclose(r[:, :G].sum(axis=0), fit.groups.size, atol=0.1)
    for g in range(G):
        P = np.linalg.inv(wide.spread[0]) + np.diag(r[:, g] @ sample.precision)
        mean = np.linalg.solve(P, (r[:, g, None] * sample.precision * sample.z).sum(axis=0))
        np.testing.assert_allclose(fit.groups.centre[g], mean, atol=0.02)
        without = np.exp(parts)
        back = without.sum(axis=1) - without[:, g]
        back += fit.groups.size[g] / N * np.exp(field.log_density)
        gain = (total - np.log(back)).sum()
        occam = field.prior.log_occam(fit.groups.centre[[g]], (r[:, g] @ sample.precision)[None])
        assert fit.groups.evidence[g] == pytest.approx(gain + occam[0], abs=0.02)
    dense = np.zeros((N, G))
    dense[fit.shares.star, fit.shares.group] = fit.shares.r
    np.testing.assert_allclose(dense, np.where(r[:, :G] > 1e-3, r[:, :G], 0), atol=2e-3)
    np.testing.assert_allclose(fit.log_excess, total - field.log_density, atol=2e-3)


def test_members_maximise_the_expected_match():
    """By hand: r = .9 .8 .3 of 2.5 expected; min(purity, completeness) .34 .68 .667."""
    shares = Shares(np.array([0, 0, 0, 1, 1]), np.array([4, 2, 7, 7, 9]),
                    np.array([0.9, 0.8, 0.3, 0.2, 0.9]))  # fmt: skip
    members = members_of(shares, np.array([2.5, 1.1]), 10)
    np.testing.assert_array_equal(np.flatnonzero(members.group == 0), [2, 4])
    assert members.purity[0] == pytest.approx(0.85)
    assert members.completeness[0] == pytest.approx(0.68)
    # Star 7 is better placed in group 0, so group 1 has one star, and that is no group.
    assert not (members.group == 1).any()
    np.testing.assert_allclose(members.probability[[4, 2, 7]], [0.9, 0.8, 0])


def test_scan_finds_clusters_and_leaves_the_field_alone():
    z, v, code = with_groups(300, [25, 15, 10])
    claims = scan(z, v, "few", 0).found["claims"]
    assert len(claims) == 3
    for k in range(3):
        best = np.bincount(claims.group[code == k] + 1).argmax() - 1
        assert best >= 0
        both = ((claims.group == best) & (code == k)).sum()
        assert both / max((claims.group == best).sum(), (code == k).sum()) > 0.6
    assert (claims.group[code == -1] >= 0).mean() < 0.05
    assert (np.diff(claims.evidence) <= 0).all()
    assert ((claims.probability > 0) == (claims.group >= 0)).all()


@pytest.mark.parametrize("kind", ["held_out", "few", "many"])
def test_order_of_rows_and_repetition_change_nothing(kind):
    z, v, _ = with_groups(500, [20, 12], d=5)
    first = scan(z, v, kind, 3)
    again = scan(z, v, kind, 3)
    shuffled = np.random.default_rng(0).permutation(len(z))
    mixed = scan(z[shuffled], v[shuffled], kind, 3)
    for name, found in first.found.items():
        np.testing.assert_array_equal(found.group, again.found[name].group)
        np.testing.assert_array_equal(found.evidence, again.found[name].evidence)
        np.testing.assert_array_equal(found.group[shuffled], mixed.found[name].group)
        np.testing.assert_array_equal(found.probability[shuffled], mixed.found[name].probability)


def test_threads_change_nothing(monkeypatch):
    from threadpoolctl import threadpool_limits

    z, v, _ = with_groups(400, [20, 12], d=5)
    with threadpool_limits(1):
        one = scan(z, v, "many", 3).found["candidates"]
    with threadpool_limits(2):
        two = scan(z, v, "many", 3).found["candidates"]
    np.testing.assert_array_equal(one.group, two.group)
    np.testing.assert_array_equal(one.evidence, two.evidence)


def test_levels_of_the_same_groups_share_the_search_and_nothing_else(monkeypatch):
    z, v, _ = with_groups(400, [20, 12, 5], d=5)
    searches = []
    monkeypatch.setattr(scanning, "climb", lambda *args: searches.append(1) or climb(*args))
    together = scan(z, v, "few", 0).found
    assert len(searches) < 1 + len(THRESHOLDS), "some levels agree in this sample"
    assert len(together["candidates"]) > len(together["claims"]), "and others do not"
    for name, least in THRESHOLDS.items():
        alone = scan(z, v, "few", 0, {name: least}).found[name]
        for what in ("group", "probability", "evidence", "size", "centre"):
            np.testing.assert_array_equal(getattr(alone, what), getattr(together[name], what))


def test_looser_thresholds_find_no_fewer_groups():
    z, v, _ = with_groups(400, [12, 8, 6, 5], d=4, seed=4)
    found = scan(z, v, "few", 0).found
    numbers = [len(found[name]) for name in ("claims", "listed", "candidates")]
    assert numbers == sorted(numbers)
    for name, least in (("claims", -1), ("listed", -3), ("candidates", -6)):
        assert (found[name].evidence >= least).all()


@pytest.mark.parametrize("n", [2, 3, 7, 8, 9, 12])
@pytest.mark.parametrize("kind", ["held_out", "few", "many"])
def test_few_stars_are_no_problem(n, kind):
    rng = np.random.default_rng(n)
    result = scan(rng.normal(0, 3, (n, 3)), np.ones((n, 3)), kind, 0)
    assert all(len(found.group) == n for found in result.found.values())


@pytest.mark.parametrize("kind", ["held_out", "few", "many"])
def test_stars_of_one_cluster_are_one_group_or_none(kind):
    """They cannot be told from a field as narrow as a cluster; they are never two groups."""
    for z in (np.zeros((30, 3)), np.random.default_rng(0).normal(0, 1, (30, 3))):
        found = scan(z, np.ones((30, 3)), kind, 0).found["claims"]
        assert len(found) <= 1


def test_a_star_far_from_all_others_breaks_nothing():
    z, v, _ = with_groups(200, [20], d=3)
    z[0] = 1e4
    assert len(scan(z, v, "held_out", 0).found["claims"]) == 1


def test_maxima_below_the_threshold_may_pass_beside_others():
    """Groups that share a place with none: admitted at -3, they are judged in the joint fit."""
    z, v, _ = with_groups(150, [8] * 12, d=4, seed=3)
    found = scan(z, v, "few", 0, {"claims": -1.0}).found["claims"]
    assert (found.evidence > -1).all()
    sample = make_sample(z, v)
    alone = first_maxima(sample, fit_field(sample, "few", 0)).above(-1.0)
    assert len(found) >= len(alone)
