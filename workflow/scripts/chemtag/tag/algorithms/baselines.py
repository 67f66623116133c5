"""What groups look like that know little or nothing of chemistry."""

import numpy as np

from chemtag.base.types import Ints
from chemtag.tag.protocol import NOISE, NoGroups, Settings, Space


def random_groups(stars: Space, settings: Settings, seed: int) -> Ints:
    """Random stars in groups of the true clusters' `sizes`; the other stars are noise."""
    labels = np.full(len(stars), NOISE, dtype=np.int64)
    sizes = np.asarray(settings["sizes"], dtype=np.int64)
    chosen = np.random.default_rng(seed).permutation(len(stars))[: sizes.sum()]
    labels[chosen] = np.repeat(np.arange(len(sizes)), sizes)[: len(chosen)]
    return labels


def iron_bins(stars: Space, settings: Settings, seed: int) -> Ints:
    """Stars in bins of [Fe/H] of `width` dex, edges at multiples of the width."""
    iron = stars.beside.get("fe_h")
    if iron is None or not np.isfinite(iron).all():
        raise NoGroups("it needs [Fe/H] of each star")
    bins = np.floor(iron / settings["width"]).astype(np.int64)
    return np.unique(bins, return_inverse=True)[1].astype(np.int64)
