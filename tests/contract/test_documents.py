"""Documents that are written from the code stay in step with it."""

import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from config_reference import MANUAL, SCHEMA, manual_of  # noqa: E402


def test_the_config_manual_is_that_of_the_schema():
    remedy = "run `uv run python tools/config_reference.py`"
    assert MANUAL.read_text() == manual_of(yaml.safe_load(SCHEMA.read_text())), remedy


def test_the_example_of_the_readme_is_the_tested_config():
    readme = (ROOT / "README.md").read_text()
    example = readme.split("```yaml\n")[1].split("\n```")[0]
    tested = (ROOT / "tests" / "data" / "apogee-dr17-giants.yaml").read_text()
    shown, read = yaml.safe_load(example), yaml.safe_load(tested)
    assert shown["catalogs"]["giants"].pop("path") != read["catalogs"]["giants"].pop("path")
    assert shown == read
