"""What every figure of workflow/figures.yaml promises: one entry, one module, one caption."""

import inspect
import re
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest
import yaml

from chemtag.base import tables
from chemtag.base.imports import import_closure
from chemtag.base.tables import contract_of

ROOT = Path(__file__).resolve().parents[2]
FIGURES = yaml.safe_load((ROOT / "workflow" / "figures.yaml").read_text())
MODULES = ROOT / "workflow" / "scripts" / "chemtag" / "paper" / "figures"
KEYS = {
    "of", "samples", "chemistry", "stars", "once", "blind", "when", "target", "category", "label",
    "input", "params", "config", "drawn", "file", "mem_mb", "paper", "soon", "story",
}  # fmt: skip
# What `draw` may ask for beside tables and parameters.
MADE = {"data", "about"}


def module_of(figure: str):
    return import_module(f"chemtag.paper.figures.{figure}")


def asked(figure: str) -> set[str]:
    """Names of the arguments of the functions of a figure."""
    functions = (getattr(module_of(figure), name, None) for name in ("data", "about", "draw"))
    return {name for f in functions if f for name in inspect.signature(f).parameters}


def offered(entry: dict) -> tuple[set[str], set[str]]:
    """Names of the tables and of the parameters of an entry."""
    return set(entry["input"]), {*entry.get("params", []), *entry.get("config", {})}


def test_every_module_is_a_figure_and_every_figure_a_module():
    found = {path.stem for path in MODULES.glob("*.py")} - {"__init__", "style"}
    assert found == set(FIGURES)


@pytest.mark.parametrize("figure", FIGURES)
def test_an_entry_names_what_the_functions_of_its_module_take(figure):
    entry = FIGURES[figure]
    tables, params = offered(entry)
    caption = (ROOT / "workflow" / "report" / f"{figure}.rst").read_text()
    words = set(re.findall(r"snakemake\.params\.(\w+)", caption))
    assert not tables & params
    assert asked(figure) - MADE <= tables | params, "the functions ask for more"
    assert tables <= asked(figure), "a table nobody reads"
    assert words <= params, "the caption asks for more"
    naming = {"labels", "spaces", "scanned", "repeated", "compared_spaces"}
    assert params <= asked(figure) | words | naming, "a parameter nobody reads"


@pytest.mark.parametrize("figure", FIGURES)
def test_tables_of_a_figure_are_named_by_their_contracts(figure):
    entry = FIGURES[figure]
    for name, path in entry["input"].items():
        if path != "truth" and not path.endswith(".yaml"):
            assert contract_of(name)["columns"], name
            assert path.startswith("<results>/")
        if "{spaces}" in path:
            assert "spaces" in entry["params"], "the spaces name the tables"
        if "{sample}" in path and entry["of"] != "sample":
            assert {"labels", "compared_spaces"} & set(entry["params"]), "samples name the tables"
    drawn = entry["drawn"]
    contract = contract_of(drawn if isinstance(drawn, str) else f"figure_{figure}")
    assert contract["description"]


@pytest.mark.parametrize("figure", FIGURES)
def test_an_entry_says_what_page_and_manuscript_need(figure):
    entry = FIGURES[figure]
    assert set(entry) <= KEYS
    assert {"of", "category", "label", "input", "drawn"} <= set(entry)
    assert entry.get("paper") in (None, "text", "appendix")
    assert (entry.get("paper") == "appendix") <= (entry["of"] == "sample")
    if "story" in entry:
        assert {"rank", "heading", "alt"} == set(entry["story"])


def test_the_manuscript_shows_the_figures_that_the_list_gives_it():
    text = (ROOT / "workflow" / "manuscript" / "paper.typ").read_text()
    appendix = [name for name, entry in FIGURES.items() if entry.get("paper") == "appendix"]
    (line,) = re.findall(r"appendix: \((.*?)\)\.map\(figures-of\)", text)
    assert re.findall(r'"(\w+)"', line) == appendix
    for name, entry in FIGURES.items():
        shown = f'#fig("{name}"' in text
        assert shown == (entry.get("paper") == "text"), name


def test_an_edit_of_a_figure_touches_no_other():
    for figure in FIGURES:
        files = import_closure(MODULES / f"{figure}.py")
        others = {path.stem for path in files if path.parent == MODULES} - {"__init__", "style"}
        assert others == {figure}


def test_an_entry_may_hold_the_contract_of_its_drawn_data(tmp_path, monkeypatch):
    columns = {"x": {"dtype": "float64", "unit": "dex", "description": "an abundance"}}
    own = {"description": "Drawn data of a figure.", "columns": columns}
    (tmp_path / "figures.yaml").write_text(yaml.safe_dump({"new": {"drawn": own}}))
    monkeypatch.setattr(tables, "FIGURES", tmp_path / "figures.yaml")
    tables.write_table(pd.DataFrame({"x": [1.0]}), tmp_path / "new.ecsv", "figure_new")
    assert tables.read_table(tmp_path / "new.ecsv", "figure_new")["x"].tolist() == [1.0]
    for name in ("new", "figure_old"):
        with pytest.raises(KeyError, match="no table contract"):
            contract_of(name)
    contract_of.cache_clear()
