"""What groups look like that know little or nothing of chemistry."""

import numpy as np

from chemtag.tag.algorithms.stars import NOISE, Labels, NoGroups, Settings, Stars


def random_groups(stars: Stars, settings: Settings, seed: int) -> Labels:
    """Random stars in groups of the true clusters' `sizes`; the other stars are noise."""
    labels = np.full(len(stars), NOISE, dtype=np.int64)
    sizes = np.asarray(settings["sizes"], dtype=np.int64)
    chosen = np.random.default_rng(seed).permutation(len(stars))[: sizes.sum()]
    labels[chosen] = np.repeat(np.arange(len(sizes)), sizes)[: len(chosen)]
    return labels


def iron_bins(stars: Stars, settings: Settings, seed: int) -> Labels:
    """Stars in bins of [Fe/H] of `width` dex, edges at multiples of the width."""
    if stars.fe_h is None or not np.isfinite(stars.fe_h).all():
        raise NoGroups("it needs [Fe/H] of each star")
    bins = np.floor(stars.fe_h / settings["width"]).astype(np.int64)
    return np.unique(bins, return_inverse=True)[1].astype(np.int64)
