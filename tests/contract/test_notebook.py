"""The notebook of the documents runs, gives what it holds, and says what its cells gave."""

import json
import re
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from notebook import NOTEBOOK, executed, read  # noqa: E402
from notebook_page import page_of  # noqa: E402


@pytest.fixture(scope="module")
def stored() -> dict:
    return read()


def printed(notebook: dict) -> list[str]:
    """What each code cell prints."""
    return [
        "".join(line for output in cell["outputs"] for line in output.get("text", []))
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    ]


def pictures(notebook: dict) -> int:
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    return sum("image/png" in output.get("data", {}) for output in outputs)


def test_its_cells_give_what_it_holds(stored):
    again = executed(stored)
    assert printed(again) == printed(stored), "run `uv run python tools/notebook.py`"
    assert pictures(again) == pictures(stored) == 1


def test_it_is_a_notebook_that_others_can_open(stored):
    nbformat.validate(nbformat.from_dict(stored))
    assert NOTEBOOK.read_text(encoding="utf-8").endswith("}\n")
    assert str(NOTEBOOK.parents[1]) not in json.dumps(stored), "no path of a machine"


def test_its_conclusions_quote_its_cells(stored):
    last = "".join(stored["cells"][-1]["source"])
    numbers = re.findall(r"\d+(?:\.\d+)?", last)
    assert len(numbers) > 5
    given = set(re.findall(r"\d+(?:\.\d+)?", "\n".join(printed(stored))))
    assert set(numbers) <= given


def test_the_page_has_cells_outputs_and_pictures(stored):
    page, found = page_of(stored, "notebook")
    assert page.startswith("# A worked notebook")
    assert page.count("```python") == len(printed(stored))
    assert list(found) == ["notebook_1.png"]
    assert "](notebook_1.png)" in page
    assert all(text.strip() in page for text in printed(stored))
