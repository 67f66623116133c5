"""Jobs start without the modules that take longest to load, unless they use them."""

import subprocess
import sys

import numpy as np
from scipy import special, stats

from chemtag.base.documents import CHECKOUT

SCRIPTS = CHECKOUT / "workflow" / "scripts"
# Without `scipy.stats`, which takes as long to load as all else that they need.
LIGHT = (
    "ablate_sample", "compare_algorithms", "forecast_chunk", "inject_clusters", "measure_coherence",
    "measure_information", "plan_chunk", "scan_stars", "summarise_plan",
)  # fmt: skip


def test_they_start_without_scipy_stats():
    """One process for all of them, so only the first that loads it is named."""
    code = (
        "import importlib, sys\n"
        f"for name in {LIGHT}:\n"
        "    importlib.import_module(name)\n"
        "    if 'scipy.stats' in sys.modules: sys.exit(f'{name} loads scipy.stats')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=SCRIPTS, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_quantiles_are_those_of_scipy_stats_to_the_last_bit():
    degrees, share = np.arange(1, 60)[:, None], np.linspace(0.001, 0.999, 97)
    statistic = 40 * share
    for ours, theirs in (
        (special.chdtri(degrees, share), stats.chi2.isf(share, degrees)),
        (special.chdtr(degrees, statistic), stats.chi2.cdf(statistic, degrees)),
        (2 * special.gammaincinv(degrees / 2, share), stats.chi2.ppf(share, degrees)),
        (-special.stdtrit(degrees, share), stats.t.isf(share, degrees)),
        (
            special.fdtrc(degrees, degrees + 5, statistic),
            stats.f.sf(statistic, degrees, degrees + 5),
        ),
        (special.ndtri(share), stats.norm.ppf(share)),
        (special.ndtr(statistic - 20), stats.norm.cdf(statistic - 20)),
    ):
        np.testing.assert_array_equal(ours, theirs)
