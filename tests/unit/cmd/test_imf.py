"""The initial mass function by hand, by quadrature and by its draws."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import kstest

from chemtag.cmd.imf import BREAK, LOWEST, drawn_masses, mass_below, stars_below


def density(mass):
    """The broken power law, written again."""
    return mass**-1.3 if mass <= 0.5 else 0.5 * mass**-2.3


def test_the_two_powers_meet_at_the_break():
    assert density(0.5) == pytest.approx(0.5 * 0.5**-2.3)


@pytest.mark.parametrize("mass", [0.09, 0.3, 0.5, 1.0, 20.0])
def test_numbers_are_the_integral_of_the_density(mass):
    found = quad(density, LOWEST, mass, points=[BREAK] if mass > BREAK else None)[0]
    assert float(stars_below(np.float64(mass))) == pytest.approx(found, rel=1e-7)


def test_numbers_by_hand():
    # (0.08^-0.3 - 0.5^-0.3) / 0.3 = (2.133403 - 1.231144) / 0.3
    assert float(stars_below(np.float64(0.5))) == pytest.approx(3.00753, abs=1e-5)
    # and above 0.5 (0.5^-1.3 - 1) / 1.3 = (2.462289 - 1) / 1.3, times 0.5
    more = float(stars_below(np.float64(1.0)) - stars_below(np.float64(0.5)))
    assert more == pytest.approx(0.562419, abs=1e-5)


def test_the_inverse_returns_the_mass():
    mass = np.array([0.08, 0.2, 0.5, 0.7, 3.0, 60.0])
    assert mass_below(stars_below(mass)) == pytest.approx(mass)


def test_draws_follow_the_function_between_the_ends():
    mass = drawn_masses(0.2, 5.0, 4000, np.random.default_rng(1))
    ends = stars_below(np.array([0.2, 5.0]))
    assert kstest((stars_below(mass) - ends[0]) / (ends[1] - ends[0]), "uniform").pvalue > 0.01
