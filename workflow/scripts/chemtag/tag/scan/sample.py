"""Stars in the space `signal`, sorted along its first axis, as the search walks over them."""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri

from chemtag.base.types import Floats, Ints
from chemtag.space.signal import canonical_order
from chemtag.tag.scan.mixture import LOG_2PI

OUT_OF_REACH = 1e-7
"""Share of the members of a group beyond its reach, where the kernel counts for nothing."""


@dataclass(frozen=True)
class Sample:
    """N stars: `z` (N, d), `precision` 1 / v (N, d), `log_norm` (N,) = -ln |2 pi v_i| / 2.

    Rows stand in canonical order: sorted along the first axis, ties broken by the others. `order`
    (N,) are their rows in the arrays that were given. `reach` is the squared distance in units of
    v beyond which a kernel is taken as 0, `window` the same along the first axis.
    """

    z: Floats
    precision: Floats
    log_norm: Floats
    order: Ints
    reach: float
    window: float

    def __len__(self) -> int:
        return len(self.z)

    @property
    def variance(self) -> Floats:
        """v (N, d)."""
        return 1 / self.precision


def make_sample(z: Floats, v: Floats) -> Sample:
    """Return the stars at `z` (N, d) with variances `v` (N, d) in canonical order."""
    order = canonical_order(z, v)
    z, v = np.ascontiguousarray(z[order]), np.ascontiguousarray(v[order])
    d = z.shape[1]
    reach = float(chdtri(d, OUT_OF_REACH))
    return Sample(
        z=z,
        precision=1 / v,
        log_norm=-0.5 * np.log(v).sum(axis=1) - 0.5 * d * LOG_2PI,
        order=order,
        reach=reach,
        window=float(np.sqrt(reach * v[:, 0].max())),
    )
