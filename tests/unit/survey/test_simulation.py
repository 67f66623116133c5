"""The simulator: densities, paired streams, what the observation does."""

import copy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import stats

from chemtag.base.problems import InputProblem
from chemtag.base.seeds import generator_for
from chemtag.base.tables import conform
from chemtag.survey import simulation
from chemtag.survey.simulation import observing, sky
from chemtag.survey.simulation.models import Gaussian, Mixture, birth_model

RECIPES = Path(__file__).resolve().parents[3] / "resources" / "recipes"
SURVEY = simulation.read_recipe(RECIPES / "survey.yaml")
HIGHRES = simulation.read_recipe(RECIPES / "highres.yaml")
PLAIN = simulation.plain_observation(SURVEY)


def columns_of(recipe):
    return ["fe_h" if e == "fe" else f"{e}_fe" for e in recipe["elements"]]


def simulate(recipe, seed=1, **options):
    return simulation.simulate_survey(recipe, generator_for(seed, "test"), **options)


def observed_with(**blocks):
    """The plain survey with some ingredients of the observation as shipped or changed."""
    return {**PLAIN, "observation": {**PLAIN["observation"], **blocks}}


def truth_of(survey, recipe):
    birth = survey.birth.set_index("star_id").loc[survey.stars["star_id"]]
    return birth[[f"{name}_true" for name in columns_of(recipe)]].to_numpy()


def deviation_of(survey, recipe):
    return survey.stars[columns_of(recipe)].to_numpy() - truth_of(survey, recipe)


def assert_drawn_from(draws, mean, covariance):
    """Exact tests of mean and covariance of Gaussian draws, each at the 1e-4 level, two-sided."""
    n, dimensions = draws.shape
    whitened = np.linalg.solve(np.linalg.cholesky(covariance), (draws - mean).T).T

    def fits(statistic, degrees):
        assert 5e-5 < stats.chi2.cdf(statistic, degrees) < 1 - 5e-5

    fits(n * np.sum(whitened.mean(axis=0) ** 2), dimensions)
    for values in whitened.T:
        p = stats.chi2.cdf(np.sum(values**2), n)
        assert 5e-5 / dimensions < p < 1 - 5e-5 / dimensions
    cross = whitened.T @ whitened / np.sqrt(n)
    fits(np.sum(cross[np.triu_indices(dimensions, 1)] ** 2), dimensions * (dimensions - 1) // 2)


def test_birth_model_by_hand():
    recipe = {
        "elements": ["fe", "mg", "na"],
        "pattern": {
            "latents": {"iron": {"fe": 1, "mg": -0.1}, "alpha": {"mg": 1, "na": 0.2}},
            "unique": {"na": 0.02},
        },
    }
    model = birth_model(
        recipe,
        {"iron": {"mean": -0.3, "sd": 0.2}, "alpha": {"mean": 0.2, "sd": 0.03, "on_iron": 0.05}},
    )
    # fe = f; mg = -0.1 f + a; na = 0.2 a; a = 0.2 + 0.05 (f + 0.3) + 0.03 z
    assert model.mean == pytest.approx([-0.3, 0.23, 0.04])
    f, a = 0.2**2, 0.03**2
    expected = [
        [f, -0.05 * f, 0.01 * f],
        [-0.05 * f, 0.05**2 * f + a, -0.05 * 0.01 * f + 0.2 * a],
        [0.01 * f, -0.05 * 0.01 * f + 0.2 * a, 0.01**2 * f + 0.2**2 * a + 0.02**2],
    ]
    np.testing.assert_allclose(model.covariance, expected, rtol=1e-12, atol=1e-18)


@pytest.mark.parametrize("recipe", [HIGHRES, SURVEY], ids=["highres", "survey"])
def test_clusters_and_noise_are_drawn_from_their_densities(recipe):
    rng = np.random.default_rng(3)
    for model in (simulation.cluster_model(recipe), simulation.noise_model(recipe, 0.5)):
        # Mg of `survey` has no scatter of its own; a little more makes the matrix invertible.
        model = model.convolved(
            Gaussian(0 * model.mean, np.zeros((0, len(model.mean))), 0 * model.mean + 0.005)
        )
        assert_drawn_from(model.draw(rng, 20_000), model.mean, model.covariance)


def test_field_is_drawn_from_its_mixture():
    model = simulation.field_model(SURVEY)
    draws, codes = model.draw(np.random.default_rng(4), 20_000)
    assert stats.binomtest(int(np.sum(codes == 1)), 20_000, 0.15).pvalue > 1e-4
    for code, component in enumerate(model.components):
        assert_drawn_from(draws[codes == code], component.mean, component.covariance)


def test_thick_disc_follows_the_published_line():
    """[Mg/Fe] = 0.24 - 0.10 ([Fe/H] + 0.35) +- 0.03 and 0.01 of intrinsic scatter."""
    thick = simulation.field_model(SURVEY).components[1]
    fe, mg = SURVEY["elements"].index("fe"), SURVEY["elements"].index("mg")
    cov = thick.covariance
    # The latent slope, diluted by the intrinsic scatter of iron.
    assert cov[fe, mg] / (cov[fe, fe] - 0.01**2) == pytest.approx(-0.10)
    assert thick.mean[[fe, mg]] == pytest.approx([-0.35, 0.24])
    scatter = cov[mg, mg] - 0.10**2 * 0.25**2
    assert scatter == pytest.approx(0.03**2 + 0.01**2)


def test_density_can_be_evaluated():
    rng = np.random.default_rng(5)
    parts = (
        Gaussian(np.array([0.0, 0.1]), np.array([[0.2, -0.1]]), np.array([0.05, 0.1])),
        Gaussian(np.array([0.5, 0.0]), np.array([[0.1, 0.3]]), np.array([0.2, 0.1])),
    )
    mixture = Mixture(("a", "b"), np.array([0.3, 0.7]), parts)
    points = rng.normal(size=(50, 2))
    expected = np.log(
        sum(
            share * stats.multivariate_normal(part.mean, part.covariance).pdf(points)
            for share, part in zip((0.3, 0.7), parts, strict=True)
        )
    )
    np.testing.assert_allclose(mixture.log_density(points), expected, rtol=1e-10)
    noise = Gaussian(np.zeros(2), np.array([[0.1, 0.1]]), np.array([0.1, 0.2]))
    blurred = mixture.convolved(noise)
    for part, blurred_part in zip(parts, blurred.components, strict=True):
        np.testing.assert_allclose(blurred_part.covariance, part.covariance + noise.covariance)


@pytest.mark.parametrize("recipe", [SURVEY, PLAIN], ids=["shipped", "plain"])
def test_field_stars_leave_the_cluster_stars_alone(recipe):
    alone, few, many = (simulate(recipe, n_field=n) for n in (0, 50, 500))
    for survey in (few, many):
        pd.testing.assert_frame_equal(survey.members, alone.members)
        pd.testing.assert_frame_equal(survey.stars[: len(alone.stars)], alone.stars)
        pd.testing.assert_frame_equal(survey.birth[: len(alone.birth)], alone.birth)
    pd.testing.assert_frame_equal(many.stars[: len(few.stars)], few.stars)
    assert len(many.stars) == len(alone.stars) + 500


def test_same_seed_same_survey_and_other_seed_another():
    first, again, other = (simulate(SURVEY, seed=seed, n_field=200) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first.stars, again.stars)
    assert not np.isin(first.stars["star_id"], other.stars["star_id"]).any()


def test_error_scale_scales_errors_and_nothing_else():
    full, half = simulate(PLAIN, n_field=100), simulate(PLAIN, n_field=100, error_scale=0.5)
    pd.testing.assert_frame_equal(full.birth, half.birth)
    np.testing.assert_allclose(
        deviation_of(half, PLAIN), 0.5 * deviation_of(full, PLAIN), atol=1e-12
    )
    errors = [f"{name}_err" for name in columns_of(PLAIN)]
    np.testing.assert_allclose(half.stars[errors], 0.5 * full.stars[errors])


def test_one_ingredient_leaves_the_others_alone():
    plain = simulate(PLAIN, n_field=300)
    for name in ("snr", "tails", "systematics", "missing", "quality"):
        survey = simulate(observed_with(**{name: SURVEY["observation"][name]}), n_field=300)
        pd.testing.assert_frame_equal(survey.birth, plain.birth)
        pd.testing.assert_frame_equal(survey.members, plain.members)
        pd.testing.assert_series_equal(survey.stars["teff"], plain.stars["teff"])


def test_errors_of_the_plain_survey_are_the_recipes():
    survey = simulate(PLAIN, n_field=8_000)
    deviation = deviation_of(survey, PLAIN)
    noise = simulation.noise_model(PLAIN)
    assert_drawn_from(deviation, noise.mean, noise.covariance)
    sigma = [PLAIN["measurement"]["sigma"][e] for e in PLAIN["elements"]]
    errors = survey.stars[[f"{name}_err" for name in columns_of(PLAIN)]]
    np.testing.assert_allclose(errors, np.tile(sigma, (len(errors), 1)))


def test_highres_errors_by_hand():
    """sqrt(0.4 L^2 + 0.6) of 0.04 dex: L = 0.9 for iron, 0.6 for titanium, 0.3 for barium."""
    stars = simulate(HIGHRES).stars
    for column, loading in {"fe_h": 0.9, "ti_fe": 0.6, "ba_fe": 0.3}.items():
        expected = 0.04 * np.sqrt(0.4 * loading**2 + 0.6)
        np.testing.assert_allclose(stars[f"{column}_err"], expected)


def test_errors_grow_as_the_signal_falls():
    entry = {"exponent": 0.8, "floor": 0.7}
    growth = simulation.error_growth(np.array([50.0, 100.0, 200.0]), entry)
    assert growth == pytest.approx([2**0.8, 1.0, 0.7])
    survey = simulate(observed_with(snr=SURVEY["observation"]["snr"]), n_field=8_000)
    noise = simulation.noise_model(PLAIN)
    scaled = deviation_of(survey, PLAIN) / survey.stars[["mg_fe_err"]].to_numpy() * 0.018
    assert_drawn_from(scaled, noise.mean, noise.covariance)
    assert stats.kstest(np.log(survey.stars["snr"] / 130) / 0.3, "norm").pvalue > 1e-4


def test_tails_widen_the_share_they_say():
    quiet = deviation_of(simulate(PLAIN, n_field=5_000), PLAIN)
    tailed = deviation_of(
        simulate(observed_with(tails={"share": 0.04, "factor": 3}), n_field=5_000), PLAIN
    )
    factor = tailed / quiet
    assert set(np.round(np.unique(factor), 6)) == {1.0, 3.0}
    widened = int(np.sum(factor > 2))
    assert stats.binomtest(widened, factor.size, 0.04).pvalue > 1e-4


def test_systematics_by_hand():
    entry = {"per_500_kelvin": {"fe": 0.01, "mg": 0.04}, "per_logg": {"mg": -0.02}}
    plain = simulate(PLAIN, n_field=50).stars
    stars = simulate(observed_with(systematics=entry), n_field=50).stars
    hot, dwarfish = (plain["teff"] - 4700) / 500, plain["logg"] - 2.5
    np.testing.assert_allclose(stars["fe_h"] - plain["fe_h"], 0.01 * hot, atol=1e-14)
    # delta[Mg/Fe] = delta[Mg/H] - delta[Fe/H]
    expected = 0.03 * hot - 0.02 * dwarfish
    np.testing.assert_allclose(stars["mg_fe"] - plain["mg_fe"], expected, atol=1e-14)
    np.testing.assert_allclose(stars["o_fe"] - plain["o_fe"], -0.01 * hot, atol=1e-14)


def test_missing_values():
    entry = {"rates": {"v": 0.10, "na": 0.05}, "per_500_kelvin": 0}
    stars = simulate(observed_with(missing=entry), n_field=8_000).stars
    for element, rate in {"v": 0.10, "na": 0.05, "mg": 0.0}.items():
        gone = stars[f"{element}_fe"].isna()
        assert stats.binomtest(int(gone.sum()), len(gone), rate).pvalue > 1e-4
        assert gone.equals(stars[f"{element}_fe_err"].isna())
        assert gone.equals((stars[f"{element}_fe_flag"] & (1 << 2)) != 0)
    # Weak lines vanish together.
    assert stars.loc[stars["na_fe"].isna(), "v_fe"].isna().all()


def test_hot_stars_miss_more():
    entry = {"rates": {"v": 0.10}, "per_500_kelvin": 1}
    stars = simulate(observed_with(missing=entry), n_field=15_000).stars
    expected = 0.10 * np.clip(1 + (stars["teff"] - 4700) / 500, 0, 4)
    gone = stars["v_fe"].isna()
    for half in (stars["teff"] < 4700, stars["teff"] >= 4700):
        rates = expected[half]
        z = (gone[half].sum() - rates.sum()) / np.sqrt((rates * (1 - rates)).sum())
        assert abs(z) < 3.9  # 1e-4, two-sided


def test_flags_follow_what_they_warn_of():
    stars = simulate(SURVEY, n_field=4_000).stars
    pipeline = stars["flag_pipeline"]
    low_chi2 = 30 * (stars["snr"] / 100) ** 2
    assert ((pipeline & (1 << 11)) != 0).equals(stars["snr"] < 70)
    assert ((pipeline & (1 << 27)) != 0).equals(stars["snr"] < 50)
    assert ((pipeline & (1 << 8)) != 0).equals(stars["chi2"] > low_chi2)
    warned = (pipeline & ((1 << 8) | (1 << 11))) != 0
    assert ((pipeline & (1 << 7)) != 0).equals(warned)
    failed = (pipeline & (1 << 23)) != 0
    assert stats.binomtest(int(failed.sum()), len(failed), 0.01).pvalue > 1e-4
    assert set(stars["flag_star"]) == {0, 1 << 3}
    # Every abundance says which calibration it had, clump or branch, and only one.
    informational = stars["mg_fe_flag"] & ((1 << 24) | (1 << 25))
    assert set(informational) == {1 << 24, 1 << 25}


@pytest.mark.parametrize(
    ("mask", "names"),
    [
        ("aspcapflag", ["STAR_WARN", "CHI2_WARN", "SN_WARN", "STAR_BAD", "CHI2_BAD", "SN_BAD"]),
        ("starflag", ["VERY_BRIGHT_NEIGHBOR"]),
        ("paramflag", ["OTHER_BAD", "SPEC_RC", "SPEC_RGB"]),
    ],
)
def test_bits_mean_what_the_catalogue_of_masks_says(mask, names):
    file = RECIPES.parent / "bitmasks" / f"apogee_{mask}.yaml"
    bits = yaml.safe_load(file.read_text(encoding="utf-8"))["bits"]
    for name in names:
        assert getattr(observing, name) == 1 << bits[name]


def test_failed_fits_are_worse_than_they_say():
    entry = {**SURVEY["observation"]["quality"], "failed_share": 0.5, "failed_noise_factor": 5}
    plain, survey = (
        simulate(recipe, n_field=500) for recipe in (PLAIN, observed_with(quality=entry))
    )
    factor = deviation_of(survey, PLAIN) / deviation_of(plain, PLAIN)
    failed = ((survey.stars["flag_pipeline"] & (1 << 23)) != 0).to_numpy()
    np.testing.assert_allclose(factor[failed], 5, rtol=1e-6)
    np.testing.assert_allclose(factor[~failed], 1, rtol=1e-6)


def test_shipped_cuts_remove_few_cluster_stars():
    """S/N > 70, no STAR_BAD, no bright neighbour, every abundance measured."""
    kept = []
    for seed in range(5):
        stars = simulate(SURVEY, seed=seed, n_field=0).stars
        good = (stars["snr"] > 70) & ((stars["flag_pipeline"] & (1 << 23)) == 0)
        kept.append((good & (stars["flag_star"] == 0) & stars.notna().all(axis=1)).mean())
    assert 0.88 < np.mean(kept) < 0.97


def test_highres_members_are_the_truth():
    survey = simulate(HIGHRES)
    truth = survey.birth.set_index("star_id")["birth_cluster"]
    listed = survey.members.set_index("star_id")["cluster"]
    pd.testing.assert_series_equal(listed, truth, check_names=False)
    assert set(survey.members["probability"]) == {1.0}
    assert not survey.stars.isna().any(axis=None)


def test_members_are_contaminated_and_incomplete_as_the_recipe_says():
    survey = simulate(SURVEY, n_field=100)
    born = survey.birth.set_index("star_id")["birth_cluster"]
    listed = survey.members.set_index("star_id")["cluster"]
    missed = born.drop(listed.index)
    assert (missed != "").sum() == 13  # 3 % of 439
    strangers = listed[born[listed.index] != listed]
    assert (born[strangers.index] == "").all()
    assert len(strangers) == 22  # 5 % of the 448 listed
    assert len(listed) == 439 - 13 + 22
    assert survey.members["probability"].between(0.7, 1.0).all()


def test_listed_members_are_close_on_the_sky():
    survey = simulate(SURVEY, n_field=0)
    place = survey.stars.set_index("star_id")[["ra", "dec"]]
    for _, members in survey.members.groupby("cluster"):
        ra, dec = np.radians(place.loc[members["star_id"]].to_numpy()).T
        vectors = np.column_stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)])
        centre = vectors.mean(axis=0)
        distance = np.degrees(np.arccos(np.clip(vectors @ centre / np.linalg.norm(centre), -1, 1)))
        assert distance.max() < 1.0  # more than 6 times the radius of 0.15 deg


def test_tables_keep_their_contracts():
    for recipe in (HIGHRES, SURVEY):
        survey = simulate(recipe, n_field=100 if recipe["field"] else None)
        conform(survey.stars, "stars", "stars")
        conform(survey.members, "members", "members")
        conform(survey.birth, "birth", "birth")
        assert survey.stars["star_id"].is_unique
        assert set(survey.birth["star_id"]) == set(survey.stars["star_id"])


def test_identifiers():
    taken: set[str] = set()
    places = np.array([[187.5, -5.25], [187.5, -5.25], [0.0, 0.0]])
    names = sky.identifiers(places, taken)
    # 187.5 deg = 12h 30m; -5.25 deg = -5 deg 15 arcmin
    assert names == [
        "SIM J123000.000-051500.00",
        "SIM J123000.000-051500.00a",
        "SIM J000000.000+000000.00",
    ]


def test_field_stars_need_a_field():
    with pytest.raises(InputProblem, match="has no `field`"):
        simulate(HIGHRES, n_field=10)
    with pytest.raises(InputProblem, match="n_field is -1"):
        simulate(SURVEY, n_field=-1)
    with pytest.raises(InputProblem, match="error_scale is -1"):
        simulate(SURVEY, error_scale=-1)
    wrong = copy.deepcopy(HIGHRES)
    wrong["observation"]["membership"]["contamination"] = 0.1
    with pytest.raises(InputProblem, match="needs a `field`"):
        simulation.check_recipe(wrong)
