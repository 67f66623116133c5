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

# Files that take longest by the clock, in the order in which they start: the one that came last
# would leave a process with nothing to do.
LONGEST = (
    "slurm/test_slurm_success.py",
    "integration/test_tiny_run.py",
    "conda/test_conda.py",
    "contract/test_standards.py",
    "integration/test_without_truth.py",
    "integration/test_survey_rehearsal.py",
    "integration/test_own_table.py",
)

ROOT = Path(__file__).resolve().parents[1]
EXTRACTS = ROOT.parent / "shared" / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first, the others stay in their order."""
    place = {ROOT / "tests" / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(LONGEST)))


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
