"""docs/design.md says what stands: stages, folders, who knows files, and the order of imports."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "workflow" / "scripts" / "chemtag"
DESIGN = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
RULE_FILES = {
    path.stem: path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "workflow" / "rules").glob("*.smk"))
}
STAGES = {name for name, text in RULE_FILES.items() if "    script:" in text}
# Not stages of their own: functions shared by rules, and the figures of the stage `paper`.
STAGES -= {"common", "paper_figures"}


def rows_of(heading: str) -> dict[str, list[str]]:
    """Cells of the table below the column `heading`, by the name in its first column."""
    lines = DESIGN[DESIGN.index(f"| {heading} |") :].split("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {name.strip("`"): rest for name, *rest in cells}


FOLDERS = rows_of("folder")


def folders_of_library() -> set[str]:
    return {path.parent.name for path in LIBRARY.glob("*/__init__.py")}


def modules(folder: str) -> list[Path]:
    return sorted((LIBRARY / folder).rglob("*.py"))


def imported_folders(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("chemtag"):
            parts = node.module.split(".")
            found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
    return found


def test_the_stages_of_the_page_are_those_of_the_rules():
    assert set(rows_of("stage")) == STAGES


@pytest.mark.parametrize("stage", sorted(STAGES))
def test_a_stage_is_one_word_everywhere(stage):
    assert (ROOT / "envs" / f"{stage}.yaml").is_file()
    assert stage in folders_of_library()
    assert (ROOT / "tests" / "unit" / stage).is_dir()
    assert f'include: "rules/{stage}.smk"' in (ROOT / "workflow" / "Snakefile").read_text()


def test_contracts_are_named_like_the_folders_that_make_them():
    contracts = {path.stem for path in (ROOT / "workflow/schemas/tables").glob("*.yaml")}
    assert contracts <= folders_of_library()


def test_every_folder_of_the_library_is_on_the_page():
    assert set(FOLDERS) == folders_of_library()


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_imports_from_those_above_it_only(folder):
    above = set(list(FOLDERS)[: list(FOLDERS).index(folder)])
    upward = {
        path.relative_to(LIBRARY).as_posix(): wrong
        for path in modules(folder)
        if (wrong := imported_folders(path) - above - {folder})
    }
    assert upward == {}


@pytest.mark.parametrize("folder", FOLDERS)
def test_only_the_folders_marked_know_files(folder):
    knows = re.compile(r"^(from|import) (pathlib|os|io|shutil|tempfile)\b|\bopen\(", re.M)
    found = [path.name for path in modules(folder) if knows.search(path.read_text())]
    assert bool(found) == (FOLDERS[folder][1] == "yes"), found


def test_the_library_does_not_know_snakemake():
    for path in LIBRARY.rglob("*.py"):
        if path.name != "step.py":
            assert not re.search(r"^(from|import) snakemake", path.read_text(), re.M), path
