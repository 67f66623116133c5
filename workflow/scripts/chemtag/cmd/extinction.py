"""Extinction in the bands of Gaia: A_M = k_M A0, with k_M after the colour and A0.

k = c1 + c2 C + c3 C^2 + c4 C^3 + c5 A0 + c6 A0^2 + c7 C A0, C the colour (BP - RP) without
extinction (Gaia Collaboration, Babusiaux et al. 2018, A&A 616, A10, eq. 1 and table 1, for the
bands of DR2; read in programs that use them). A0, at 550 nm, is taken for A_V.
"""

import numpy as np

from chemtag.base.types import Floats

COEFFICIENTS = {
    "g": (0.9761, -0.1704, 0.0086, 0.0011, -0.0438, 0.0013, 0.0099),
    "bp": (1.1517, -0.0871, -0.0333, 0.0173, -0.0230, 0.0006, 0.0043),
    "rp": (0.6104, -0.0170, -0.0026, -0.0017, -0.0078, 0.00005, 0.0006),
}
# The polynomials hold between these colours; beyond them the end is taken.
BLUEST, REDDEST = -0.06, 2.5


def extinction(colour: Floats, a_v: Floats | float) -> Floats:
    """Return A_G, A_BP, A_RP (3, ...) in mag of stars of intrinsic BP - RP `colour` (...)."""
    c = np.clip(colour, BLUEST, REDDEST)
    return np.stack(
        [
            (k[0] + c * (k[1] + c * (k[2] + c * k[3])) + a_v * (k[4] + k[5] * a_v + k[6] * c)) * a_v
            for k in COEFFICIENTS.values()
        ]
    )
