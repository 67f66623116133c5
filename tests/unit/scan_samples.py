"""Made-up stars for tests of the scan."""

import numpy as np


def with_groups(n_field, sizes, d=4, seed=0, spread=6.0):
    """Field stars of one broad Gaussian, clusters among them, and true codes; widths differ."""
    rng = np.random.default_rng(seed)
    n = n_field + sum(sizes)
    v = rng.uniform(0.6, 1.6, (n, d))
    centres = rng.normal(0, spread, (len(sizes) + 1, d))
    code = np.append(np.full(n_field, -1), np.repeat(np.arange(len(sizes)), sizes))
    true = np.where((code >= 0)[:, None], centres[code], rng.normal(0, spread, (n, d)))
    return true + np.sqrt(v) * rng.standard_normal((n, d)), v, code
