"""Orbital actions: circular orbits, epicycles, the transformation by hand, errors by draws."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from chemtag.survey.galactic import SEEN, Sun, as_seen, galactocentric
from chemtag.vet.orbits import (
    ACTIONS,
    Galaxy,
    actions_at,
    actions_of,
    focal_distances,
)
from chemtag.vet.vetting import Datum

GALAXY = Galaxy()


def circular_velocity(radius):
    from galpy.potential import MWPotential2014, vcirc

    return 220 * np.array([vcirc(MWPotential2014, r / 8) for r in np.atleast_1d(radius)])


def of(radius, vr, vt, z, vz):
    values = [np.atleast_1d(np.asarray(v, dtype=float)) for v in (radius, vr, vt, z, vz)]
    values = np.broadcast_arrays(*values)
    return actions_at(*values, focal_distances(values[0], values[3], GALAXY), GALAXY)


def test_a_circular_orbit_has_no_radial_action_and_the_momentum_r_v():
    radius = np.array([5.0, 8.0, 11.0])
    galpy_first = of(radius, 0, 220, 0, 0)  # imports galpy
    assert np.isfinite(galpy_first).all()
    velocity = circular_velocity(radius)
    found = of(radius, 0, velocity, 0, 0)
    np.testing.assert_allclose(found[:, 0], 0, atol=0.01)
    np.testing.assert_allclose(found[:, 1], radius * velocity, rtol=1e-12)
    np.testing.assert_allclose(found[:, 2], 0, atol=0.01)
    assert of([8.0], 0, 240, 0, 0)[0, 0] > 10, "no circle"


def test_small_radial_oscillations_have_the_action_of_an_epicycle():
    """J_R = v_R^2 / (2 kappa) at the guiding radius (Binney & Tremaine 2008, 3.2.3)."""
    of([8.0], 0, 220, 0, 0)
    from galpy.potential import MWPotential2014, epifreq

    kappa = epifreq(MWPotential2014, 1.0) * 220 / 8
    velocity = circular_velocity(8.0)[0]
    for speed in (3.0, 6.0):
        found = of([8.0], speed, velocity, 0, 0)[0, 0]
        assert found == pytest.approx(speed**2 / 2 / kappa, rel=0.01)


def test_actions_are_kept_along_an_orbit():
    of([8.0], 0, 220, 0, 0)
    from galpy.orbit import Orbit
    from galpy.potential import MWPotential2014

    orbit = Orbit([1.0, 0.1, 1.05, 0.02, 0.08, 0.0])
    times = np.linspace(0, 60, 40)
    orbit.integrate(times, MWPotential2014)
    along = of(8 * orbit.R(times), 220 * orbit.vR(times), 220 * orbit.vT(times),
               8 * orbit.z(times), 220 * orbit.vz(times))  # fmt: skip
    np.testing.assert_allclose(along[:, 1], along[0, 1], rtol=1e-6)
    assert along[:, 0].std() < 0.05 * along[:, 0].mean()
    assert along[:, 2].std() < 0.05 * along[:, 2].mean()


def test_the_place_and_motion_of_a_star_towards_the_centre_by_hand():
    """l = b = 0 at 2 kpc: R = 6; a star at rest about the centre shows the Sun's motion."""
    from astropy import units as u
    from astropy.coordinates import SkyCoord

    flat = Sun(z0=0.0)
    centre = SkyCoord(l=0 * u.deg, b=0 * u.deg, frame="galactic")
    # The motion across the sky of a star at rest: minus that of the Sun.
    u0, v0, w0 = 11.1, 232.24, 7.25
    per_year = 4.740470463533349  # km/s of 1 mas/yr at 1 kpc
    seen = SkyCoord(
        l=centre.l, b=centre.b, frame="galactic", distance=2 * u.kpc,
        pm_l_cosb=-v0 / 2 / per_year * u.mas / u.yr, pm_b=-w0 / 2 / per_year * u.mas / u.yr,
        radial_velocity=-u0 * u.km / u.s,
    ).icrs  # fmt: skip
    stars = {
        "ra": np.array([seen.ra.deg]), "dec": np.array([seen.dec.deg]), "parallax": np.array([0.5]),
        "pmra": np.array([seen.pm_ra_cosdec.to_value(u.mas / u.yr)]),
        "pmdec": np.array([seen.pm_dec.to_value(u.mas / u.yr)]),
        "rv": np.array([seen.radial_velocity.to_value(u.km / u.s)]),
    }  # fmt: skip
    radius, vr, vt, z, vz = galactocentric(stars, flat)
    assert radius[0] == pytest.approx(6.0, abs=0.01)
    np.testing.assert_allclose([vr[0], vt[0], z[0], vz[0]], 0, atol=0.5)
    # Going with the Sun instead: no motion seen, at half of the way the same velocity.
    still = {**stars, "pmra": np.zeros(1), "pmdec": np.zeros(1), "rv": np.zeros(1)}
    radius, vr, vt, z, vz = galactocentric(still, flat)
    np.testing.assert_allclose([vr[0], vt[0], vz[0]], [-u0, v0, w0], atol=0.5)


def measured(n=4, parallax=2.0, error=0.02):
    values = np.tile([150.0, 20.0, parallax, 3.0, -5.0, 12.0], (n, 1))
    errors = np.tile([0.0, 0.0, error, 0.05, 0.05, 0.5], (n, 1))
    return Datum(values, errors, np.zeros(6))


def test_errors_follow_those_of_the_values_and_hang_on_no_other_star():
    names = list(SEEN)
    one = actions_of(measured(), names, {"lz": 5.0}, GALAXY, 1)
    half = actions_of(measured(error=0.01), names, {"lz": 5.0}, GALAXY, 1)
    assert one.spread.tolist() == [0, 5, 0]
    assert (half.errors < one.errors).all()
    assert len(ACTIONS) == one.values.shape[1]
    alone = actions_of(measured(1), names, {"lz": 5.0}, GALAXY, 1)
    np.testing.assert_array_equal(one.values[:1], alone.values)
    np.testing.assert_array_equal(one.errors[:1], alone.errors)
    many = actions_of(measured(), names, {}, Galaxy(draws=400), 7)
    np.testing.assert_allclose(one.errors, many.errors, rtol=0.3)


def test_what_has_no_distance_or_no_orbit_is_missing():
    names = list(SEEN)
    stars = measured(3, parallax=0.09)
    stars.values[1, 5] = 900.0  # not bound
    stars.values[1, 2] = 2.0
    stars.values[2, 2] = 2.0
    found = actions_of(stars, names, {}, GALAXY, 1)
    assert found.complete.tolist() == [False, False, True]


def test_an_offset_of_the_parallax_moves_the_momentum():
    """On a circle at 8 - 1/0.54 kpc L_z is 220 of it; at 1/0.5 the star is at 6 kpc.

    Its motion against the Sun, -12.24 km/s along the rotation, grows by 0.54/0.5 with the distance.
    """
    sun = Sun()
    seen = as_seen(np.array([[1 / 0.54 - 8, 0, sun.z0]]), np.array([[0, 220.0, 0]]), sun)
    for parallax, momentum in ((0.54, 220 * (8 - 1 / 0.54)), (0.5, 6 * (232.24 - 13.2192))):
        radius, _, vt, _, _ = galactocentric(seen | {"parallax": np.array([parallax])}, sun)
        assert radius * vt == pytest.approx(momentum, rel=2e-4)


def test_galpy_is_imported_without_a_file_of_its_own_and_without_the_net(tmp_path):
    code = (
        "import socket\n"
        "def refuse(*a, **k): raise SystemExit('went online')\n"
        "socket.socket.connect = refuse; socket.create_connection = refuse\n"
        "from chemtag.vet.orbits import _galpy\n_galpy()\n"
    )
    scripts = Path(__file__).resolve().parents[3] / "workflow" / "scripts"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, text=True, capture_output=True,
        env={"HOME": str(tmp_path), "PYTHONPATH": str(scripts), "PATH": "/usr/bin"},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert [p.name for p in tmp_path.iterdir() if "galpy" in p.name] == []
