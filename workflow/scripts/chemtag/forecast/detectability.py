"""What a criterion of evidence can see at all, were it told where to look.

The same joint EM as the blind scan, with the same field (fitted again beside the groups, as there)
and the same least evidence, but started at the true centres and sizes: what it keeps is the
*detectability limit*. A blind search that finds less has missed something; what the limit lacks to
the Bayes answer is not the search's fault, but the price of not knowing where. It is told the truth
and only ever stands beside a blind result.
"""

import numpy as np

from chemtag.base.types import Ints
from chemtag.tag.scan.field import Field, field_beside
from chemtag.tag.scan.joint import fit_groups
from chemtag.tag.scan.sample import Sample
from chemtag.tag.scan.scanning import Found, found_of


def detectable(sample: Sample, field: Field, clusters: Ints, threshold: float) -> Found:
    """Groups that pass `threshold` when EM starts at the true clusters.

    `clusters` (N,) are true codes, -1 = field, in the rows that the scan was given. Clusters of
    fewer than two members are left out: no criterion sees them.
    """
    code = clusters[sample.order]
    names = np.flatnonzero(np.bincount(code[code >= 0]) >= 2)
    weight = np.array([sample.precision[code == k].sum(axis=0) for k in names])
    moment = np.array([(sample.precision * sample.z)[code == k].sum(axis=0) for k in names])
    size = np.array([float((code == k).sum()) for k in names])
    places = moment / weight
    fit = fit_groups(sample, field.prior, field.log_density, places, size, threshold)
    field = field_beside(sample, field, fit.in_groups)
    fit = fit_groups(sample, field.prior, field.log_density, places, size, threshold)
    return found_of(fit, sample, threshold)
