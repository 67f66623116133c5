"""A small grid of made-up isochrones: a straight sequence with a turn-off that fades with age."""

import numpy as np

from chemtag.cmd.isochrones import Grid, grid_of

AGES = (7.0, 8.0, 9.0, 9.6)
METALS = (-0.2, 0.0)


def rows():
    """log_age, mh, mass, magnitudes (N, 3) and label of the grid."""
    found = []
    for age in AGES:
        for mh in METALS:
            top = 10 ** (0.4 * (10.0 - age))
            for mass in np.geomspace(0.1, top, 40):
                g = 5 - 7.5 * np.log10(mass)
                colour = 0.8 - 1.6 * np.log10(mass) + 0.2 * mh
                found.append((age, mh, mass, g, g + 0.5 * colour, g - 0.5 * colour, 1))
            for step in range(6):  # giants
                g, colour = 5 - 7.5 * np.log10(top) - step, 1.0 + 0.1 * step
                found.append((age, mh, top * (1.001 + 0.001 * step), g, g + 0.5 * colour,
                              g - 0.5 * colour, 3))  # fmt: skip
    return np.array(found)


def small_grid() -> Grid:
    """The grid."""
    table = rows()
    return grid_of(table[:, 0], table[:, 1], table[:, 2], table[:, 3:6], table[:, 6], "small")[0]
