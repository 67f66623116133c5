"""The tagger of known width and its detectability limit, scored as a setting of HDBSCAN is."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from chemtag.base.types import Floats, Ints
from chemtag.forecast.realisations import Realisation
from chemtag.forecast.scored_groups import group_scores
from chemtag.space.signal import signal_space
from chemtag.survey.simulation import member_model, noise_model


def true_width(survey: Realisation, error_scale: float, elements: Ints) -> Floats:
    """Covariance (E, E) of a member about its cluster: scatter of the recipe and its errors."""
    noise = noise_model(survey.recipe, error_scale)
    return member_model(survey.recipe).convolved(noise).covariance[np.ix_(elements, elements)]


def scan_rows(
    values: Floats, width: Floats, clusters: Ints, n_clusters: int, seed: int = 0
) -> Iterator[dict[str, Any]]:
    """Yield scores of the roles scan_LEVEL and detectable_LEVEL for abundances (n, D) in dex.

    `width` is that of a birth cluster, (D, D) or (n, D, D). The scan reads no label. The limit is
    started at the true clusters (`chemtag.forecast.detectability`), with the same field and the
    same least evidence.
    """
    # Compiled, so loaded when called: other steps read this module and tag nothing.
    from chemtag.forecast.detectability import detectable
    from chemtag.tag.scan.scanning import THRESHOLDS, scan

    signal = signal_space(values, width)
    done = scan(signal.coordinates, signal.variance, "held_out", seed)
    for level, found in done.found.items():
        scores = group_scores(found.group, clusters, n_clusters)
        yield {"role": f"scan_{level}", "setting": "", **scores}
    if done.sample is None or done.field is None:
        return
    for level, least in THRESHOLDS.items():
        told = detectable(done.sample, done.field, clusters, least)
        scores = group_scores(told.group, clusters, n_clusters)
        yield {"role": f"detectable_{level}", "setting": "", **scores}
