"""Places the tests share."""

import os
from pathlib import Path

import hypothesis
import pytest

# How long an example takes is a matter of the machine, no property of the code.
hypothesis.settings.register_profile("chemtag", deadline=None)
hypothesis.settings.load_profile("chemtag")

# A process of pytest a core: threads of one wait for a core that another one has, and those that
# wait without sleeping use ten times the CPU of the work.
for name, value in {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "passive",
}.items():
    os.environ.setdefault(name, value)

ROOT = Path(__file__).resolve().parents[1]
EXTRACTS = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def extracts() -> Path:
    """The folder of survey extracts beside the checkout; the test is skipped where it is absent."""
    if not EXTRACTS.is_dir():
        pytest.skip(f"no folder of survey extracts at {EXTRACTS}")
    return EXTRACTS
