"""The Python that the documents show runs as it stands; the page of names has them all."""

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHOWN = sorted(
    page.relative_to(ROOT).as_posix()
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    if "```python\n" in page.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("page", SHOWN)
def test_the_examples_of_a_page_run(page, capsys):
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.S)
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, page, "exec"), names)
    if page == "docs/library.md":
        said = capsys.readouterr().out
        assert "3 groups as wide as a birth cluster" in said
        assert re.search(r"-1.0 3 groups\n-6.0 \d+ groups", said)


def test_the_page_of_the_library_has_every_public_name():
    sys.path.insert(0, str(ROOT / "tools"))
    from api_page import MODULES, page_of

    page = page_of(MODULES)
    for name in ("HDBSCAN", "KnownWidth.grid", "cluster_grid", "recovery_fraction"):
        assert re.search(rf"^#+ {re.escape(name)}$", page, re.M), name
    assert "min_samples" in page
