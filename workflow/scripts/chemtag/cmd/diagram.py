"""The colour-magnitude diagram of a group as numbers: a normalised histogram and its ridge."""

from collections.abc import Sequence

import numpy as np

from chemtag.base.types import Floats
from chemtag.cmd.clusters import Photometry, parallax_error

# Edges of the histogram in BP - RP and in the magnitude above its reference.
COLOURS = np.arange(-0.6, 4.01, 0.23)
MAGNITUDES = np.arange(-6.0, 12.01, 1.0)
SHARES = np.array([0.02, 0.05, 0.16, 0.25, 0.5, 0.75, 0.84, 0.95])
RIDGE, QUARTERS, MIDDLE = np.array([0.16, 0.5, 0.84]), np.array([0.25, 0.5, 0.75]), np.array([0.5])
# Parts of equal number, by magnitude, in which the ridge is measured.
PARTS = 8
# Stars on each side that a star is compared with along the sequence.
BESIDE = 2
# Fewer stars than this have no diagram; of more than this a part is taken.
MIN_STARS, MOST_STARS = 10, 600
# Scatter between parallaxes of stars that their errors do not hold, mas: clumps, zero points.
FLOOR = 0.03


def histogram(colour: Floats, magnitude: Floats) -> Floats:
    """Return the share of stars (n,) in each cell (colours, magnitudes).

    Stars beyond the edges count in the outermost cells.
    """
    c = np.clip(np.searchsorted(COLOURS, colour, "right") - 1, 0, len(COLOURS) - 2)
    m = np.clip(np.searchsorted(MAGNITUDES, magnitude, "right") - 1, 0, len(MAGNITUDES) - 2)
    found = np.zeros((len(COLOURS) - 1, len(MAGNITUDES) - 1))
    np.add.at(found, (c, m), 1.0)
    return found / max(len(colour), 1)


def mean_parallax(stars: Photometry) -> float:
    """Return the mean parallax of a group in mas, weighted by errors expected from G; NaN without.

    Stars further than 5 errors, or 0.3 of it, from the median are left out.
    """
    known = np.isfinite(stars.parallax)
    if not known.any():
        return np.nan
    parallax, error = stars.parallax[known], np.hypot(parallax_error(stars.g[known]), FLOOR)
    middle = np.median(parallax)
    near = np.abs(parallax - middle) < np.maximum(5 * error, 0.3 * abs(middle))
    weight = np.where(near, error**-2, 0.0)
    return float((weight * parallax).sum() / weight.sum()) if weight.any() else float(middle)


def reference_of(stars: Photometry, with_parallax: bool) -> float:
    """Return the magnitude that others are measured from.

    The distance modulus of the mean parallax, or the 10th percentile of G without parallaxes.
    """
    if with_parallax:
        return float(-5 * np.log10(max(mean_parallax(stars), 0.05)) + 10)
    return float(np.quantile(stars.g, 0.1))


def numbers_of(stars: Photometry, with_parallax: bool) -> Floats:
    """Return the features (F,) of a group of at least 3 stars.

    The histogram in BP - RP and G above the reference; quantiles of both; in PARTS of equal number
    by magnitude the median colour and its scatter; quantiles of how far a star's colour is from
    the median of its neighbours in magnitude; number, reference, median G.
    """
    if len(stars) > MOST_STARS:
        stars = thinned(stars)
    order = np.lexsort([stars.colour, stars.g])
    g, colour = stars.g[order], stars.colour[order]
    reference = reference_of(stars, with_parallax)
    magnitude = g - reference
    cells = histogram(colour, magnitude).ravel()
    spread = np.concatenate([quantiles(np.sort(colour), SHARES), quantiles(magnitude, SHARES)])
    ridge = np.full((PARTS, 2), np.nan)
    for part, rows in enumerate(np.array_split(np.arange(len(g)), PARTS)):
        if len(rows):
            low, middle, high = quantiles(np.sort(colour[rows]), RIDGE)
            ridge[part] = middle, high - low
    off = np.sort(np.abs(off_the_ridge(colour)))
    rest = [np.log10(len(g)), reference, quantiles(g, MIDDLE)[0], np.mean(off < 0.05)]
    return np.concatenate([cells, spread, ridge.ravel(), quantiles(off, QUARTERS), rest])


def quantiles(ordered: Floats, shares: Floats) -> Floats:
    """Return the quantiles of ordered values (n,), linear between them as those of numpy."""
    places = shares * (len(ordered) - 1)
    return np.asarray(np.interp(places, np.arange(len(ordered)), ordered))


def thinned(stars: Photometry) -> Photometry:
    """Return MOST_STARS of a larger group, evenly by magnitude: the models know no larger ones."""
    order = np.lexsort([stars.colour, stars.g])
    return stars.rows(order[np.linspace(0, len(order) - 1, MOST_STARS).round().astype(int)])


def off_the_ridge(colour: Floats) -> Floats:
    """Return how far each colour (n,), by magnitude, is from the median of its neighbours."""
    n = len(colour)
    steps = [s for s in range(-BESIDE, BESIDE + 1) if s]
    others = np.stack([colour[np.clip(np.arange(n) + s, 0, n - 1)] for s in steps])
    middle = np.sort(others, axis=0)[BESIDE - 1 : BESIDE + 1].mean(axis=0)
    return np.asarray(colour - middle)


def shape_of(features: Floats) -> Floats:
    """Return of features (G, F) those that are no cells of the histogram (G, S)."""
    return features[:, (len(COLOURS) - 1) * (len(MAGNITUDES) - 1) :]


def features_of(groups: Sequence[Photometry], with_parallax: bool) -> Floats:
    """Return the features (G, F) of groups."""
    return np.array([numbers_of(group, with_parallax) for group in groups])
