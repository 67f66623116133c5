"""Verdicts of one datum: chance groups are uniform, planted ones are told as the power says."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.stats import kstest

from chemtag.base.documents import CHECKOUT
from chemtag.base.seeds import generator_for
from chemtag.survey.galactic import SEEN
from chemtag.survey.simulation import read_recipe
from chemtag.survey.simulation.orbits import FIELD, draw_orbits, stars_on
from chemtag.vet.disc_model import DiscModel
from chemtag.vet.matching import matched_stars
from chemtag.vet.orbits import Galaxy, actions_of
from chemtag.vet.vetting import Datum, Terms, simulated_groups, vet_group

QUICK = Terms(draws=400, simulations=200)
MODEL = DiscModel()
KINDS = {"rv": (1.0, 0.5), "age": (1.0, 0.0), "astrometry": (0.05, 0.1), "actions": (1.0, 0.0)}


def field(kind, n=1200, error=None, seed=1):
    """A datum of `n` field stars with errors of their own, and parameters that it depends on."""
    if kind == "actions":
        return of_orbits()
    rng = np.random.default_rng(seed)
    size, spread = KINDS[kind]
    size = error or size
    parameters = np.column_stack([rng.normal(4700, 150, n), rng.normal(2.5, 0.2, n)])
    if kind == "rv":
        true = MODEL.velocities(n, rng)[:, None]
    elif kind == "age":
        # Ages follow a parameter, as they do log g: a field that is not matched would look odd.
        true = (MODEL.ages(n, rng) + 0.01 * (parameters[:, 0] - 4700))[:, None]
    else:
        true = np.column_stack([rng.normal(0, 4, (n, 2)), rng.gamma(2, 0.4, n)])
    errors = size * rng.uniform(0.5, 1.5, true.shape)
    values = true + rng.normal(size=true.shape) * errors
    return Datum(values, errors, np.full(true.shape[1], spread)), parameters, true


@cache
def of_orbits(n=1200):
    """Actions of field stars within 2 kpc, with the errors that follow from those of Gaia."""
    rng = np.random.default_rng(11)
    orbits = read_recipe(CHECKOUT / "resources" / "recipes" / "siblings.yaml")["orbits"]
    seen, _ = stars_on(orbits, draw_orbits(orbits, n, rng, FIELD), np.arange(n), rng)
    seen = seen.rename(columns={"radial_velocity": "rv", "radial_velocity_err": "rv_err"})
    seen = seen.assign(ra_err=0.0, dec_err=0.0)
    errors = seen[[f"{name}_err" for name in SEEN]].to_numpy()
    measured = Datum(seen[list(SEEN)].to_numpy(), errors, np.zeros(len(SEEN)))
    spread = {"jr": 2.0, "lz": 20.0, "jz": 0.5}
    datum = actions_of(measured, list(SEEN), spread, Galaxy(draws=25), 1)
    parameters = np.column_stack([rng.normal(4700, 150, n), rng.normal(2.5, 0.2, n)])
    return datum, parameters, datum.values


def chance(kind, groups, terms, size=8):
    datum, parameters, _ = field(kind)
    p = []
    for g in range(groups):
        rng = generator_for(3, kind, g)
        member = np.zeros(len(parameters), bool)
        # Stars alike in their parameters, as chemistry would choose them.
        centre = parameters[rng.integers(len(parameters))]
        near = np.argsort((((parameters - centre) / parameters.std(axis=0)) ** 2).sum(axis=1))[:120]
        member[rng.choice(near, size, replace=False)] = True
        p.append(vet_group(datum, parameters, member, terms, rng).p)
    return np.array(p)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "actions"])
def test_chance_groups_have_uniform_p(kind):
    p = chance(kind, 40, Terms(draws=200, simulations=100))
    assert kstest(p, "uniform").pvalue > 0.001
    assert (p <= 0.05).mean() < 0.2


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_500_chance_groups_have_uniform_p(kind):
    p = chance(kind, 500, Terms(draws=399, simulations=100))
    print(kind, kstest(p, "uniform").pvalue, (p <= 0.05).mean(), (p <= 0.5).mean())
    assert kstest(p, "uniform").pvalue > 0.01
    assert abs((p <= 0.05).mean() - 0.05) < 0.03


def planted(datum, parameters, true, purity, rng, size=10):
    """The datum with a group of siblings planted on `size` stars, and which stars these are."""
    member = np.zeros(len(parameters), bool)
    rows = rng.choice(len(parameters), size, replace=False)
    member[rows] = True
    inside = rows[: round(purity * size)]
    values = datum.values.copy()
    blur = np.hypot(datum.errors[inside], datum.spread)
    values[inside] = true[rows[0]] + rng.normal(size=values[inside].shape) * blur
    return replace(datum, values=values), member


@pytest.mark.parametrize(("purity", "least"), [(1.0, 0.9), (0.7, 0.9)])
def test_planted_siblings_are_supported_by_velocities(purity, least):
    datum, parameters, true = field("rv")
    found = []
    for g in range(10):
        rng = generator_for(5, g)
        one, member = planted(datum, parameters, true, purity, rng)
        found.append(vet_group(one, parameters, member, QUICK, rng).verdict)
    assert found.count("supported") >= least * 10
    assert "contradicted" not in found


def test_wrong_groups_are_contradicted_as_often_as_the_power_says():
    datum, parameters, _ = field("rv")
    verdicts, stated = [], []
    for g in range(24):
        rng = generator_for(6, g)
        member = np.zeros(len(parameters), bool)
        member[rng.choice(len(parameters), 10, replace=False)] = True
        found = vet_group(datum, parameters, member, QUICK, rng)
        verdicts.append(found.p_pure <= QUICK.alpha)
        stated.append(found.power_against)
    # Two standard deviations of 24 trials at the stated power, and what is stated is high.
    power = np.mean(stated)
    assert power > 0.9
    assert abs(np.mean(verdicts) - power) < 2 * np.sqrt(power * (1 - power) / 24) + 0.03


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "error"), [("rv", None), ("rv", 4.0), ("age", 0.3),
                                             ("age", 1.0), ("astrometry", None),
                                             ("actions", None)])  # fmt: skip
def test_300_wrong_groups_are_contradicted_as_often_as_the_power_says(kind, error):
    datum, parameters, _ = field(kind, error=error)
    complete = np.flatnonzero(datum.complete)
    terms = Terms(draws=400, simulations=100)
    verdicts, stated = [], []
    for g in range(300):
        rng = generator_for(12, kind, g)
        member = np.zeros(len(parameters), bool)
        member[rng.choice(complete, 10, replace=False)] = True
        found = vet_group(datum, parameters, member, terms, rng)
        verdicts.append(found.verdict)
        stated.append(found.power_against)
    power = float(np.mean(stated))
    # The verdict is "supported" where p <= alpha, also where the group is unlike a pure one.
    against, chance_for = (verdicts.count(v) / 300 for v in ("contradicted", "supported"))
    print(kind, error, f"contradicted {against:.3f}, power {power:.3f}, supported {chance_for:.3f}")
    width = 3 * np.sqrt(max(power * (1 - power), 0.01) / 300)
    assert power - 0.05 - width < against < power + width
    assert chance_for < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


def test_groups_of_the_purity_are_seldom_contradicted():
    datum, parameters, true = field("age", error=0.3)
    wrong = 0
    for g in range(20):
        rng = generator_for(7, g)
        one, member = planted(datum, parameters, true, 0.7, rng)
        wrong += vet_group(one, parameters, member, QUICK, rng).p_pure <= QUICK.alpha
    assert wrong <= 4  # 1 expected


def test_coarse_ages_cannot_tell():
    datum, parameters, _ = field("age", error=3.0)
    stars = np.arange(len(parameters)) // 10
    found = [vet_group(datum, parameters, stars == g, QUICK, generator_for(8)) for g in range(8)]
    assert np.mean([one.power[0.7] for one in found]) < 0.5
    silent = [one for one in found if one.verdict == "cannot tell"]
    assert len(silent) >= 6
    assert all("%" in one.reason for one in silent)


@pytest.mark.parametrize(
    ("n_with", "said"),
    [(0, "no star has the datum"), (1, "only 1 of 10 stars have"), (2, "only 2 of 10")],
)
def test_too_few_stars_with_data_cannot_tell(n_with, said):
    datum, parameters, _ = field("rv")
    values = datum.values.copy()
    values[n_with:10] = np.nan
    found = vet_group(
        replace(datum, values=values), parameters, np.arange(1200) < 10, QUICK, generator_for(9)
    )
    assert (found.verdict, found.n_data, found.n_missing) == ("cannot tell", n_with, 10 - n_with)
    assert said in found.reason
    assert np.isnan(found.p)


def test_missing_data_are_counted_and_never_used():
    datum, parameters, _ = field("rv")
    values = datum.values.copy()
    values[7:10] = np.nan
    one = replace(datum, values=values)
    member = np.arange(1200) < 10
    found = vet_group(one, parameters, member, QUICK, generator_for(10))
    without = vet_group(one, parameters, np.arange(1200) < 7, QUICK, generator_for(10))
    assert (found.n_data, found.n_missing) == (7, 3)
    assert found.statistic == pytest.approx(without.statistic)


def test_a_field_too_small_cannot_tell():
    datum, parameters, _ = field("rv", n=30)
    found = vet_group(datum, parameters, np.arange(30) < 8, QUICK, generator_for(1))
    assert found.reason == "only 22 field stars have the datum"


def test_siblings_replace_their_share_of_a_simulated_group():
    datum, parameters, _ = field("rv")
    datum = replace(datum, values=np.round(datum.values), spread=np.zeros(1))
    datum = replace(datum, errors=np.full_like(datum.errors, 1e-9))
    own = np.arange(10)
    matched = matched_stars(parameters, own, np.arange(1200) >= 10, 100)
    values, _ = simulated_groups(datum, matched, own, 0.7, 50, generator_for(11))
    most = [np.unique(np.round(v, 3), return_counts=True)[1].max() for v in values[..., 0]]
    assert min(most) >= 7
