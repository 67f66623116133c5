"""What every rule, script and environment of the workflow promises."""

import ast
import importlib
import re
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest
import yaml
from snakemake.api import SnakemakeApi
from snakemake.settings.types import DAGSettings, OutputSettings, Quietness, ResourceSettings

from chemtag.base import imports
from chemtag.base.found import has_found_truth
from chemtag.base.imports import import_closure
from chemtag.base.settings import headline_of
from chemtag.base.step import arguments_of, match_names
from chemtag.base.tables import contract_names, contract_of

ROOT = Path(__file__).resolve().parents[2]
RULES = sorted((ROOT / "workflow" / "rules").glob("*.smk"))
SCRIPTS = ROOT / "workflow" / "scripts"
LIBRARY = SCRIPTS / "chemtag"
ENVS = sorted((ROOT / "envs").glob("*.yaml"))
# conda-forge names that differ from the names on the Python package index
CONDA_NAMES = {"matplotlib-base": "matplotlib", "astropy-base": "astropy", "typst-py": "typst",
               "py-xgboost-cpu": "xgboost-cpu"}  # fmt: skip
# modules that no import statement names: pandas writes parquet, numba caches by itself
NAMED_NOWHERE = {"python"}
# imported where it is installed, for calls that no rule makes; what numba brings and pins itself
OPTIONAL = {"gaiaxpy", "llvmlite"}


def rules_of(path: Path) -> dict[str, str]:
    """Text of each rule of a .smk file by its name."""
    parts = re.split(r"^rule (\w+):\n", path.read_text(), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


ALL_RULES = {(path.stem, name): text for path in RULES for name, text in rules_of(path).items()}
STEPS = {key: text for key, text in ALL_RULES.items() if "script:" in text}
# Figures are loaded by name: all by the script that draws them, some by the page for their words.
FIGURES = sorted((LIBRARY / "paper" / "figures").glob("*.py"))
LOADED_BY_NAME = {"paper": [SCRIPTS / "plot.py", *FIGURES], "report": FIGURES}


def ids(key):
    return ".".join(key)


@pytest.mark.parametrize("key", sorted(ALL_RULES), ids=ids)
def test_a_rule_is_a_script_or_a_target(key):
    text = ALL_RULES[key]
    assert re.match(r'    """[A-Z].*', text), "a rule opens with its docstring"
    for directive in ("run", "shell", "message", "shadow"):
        assert not re.search(rf"^    {directive}:", text, re.M), f"no {directive}: in rules"
    if "script:" not in text:
        assert "localrule: True" in text, "a target rule is local"
        assert "output:" not in text


@pytest.mark.parametrize("key", sorted(STEPS), ids=ids)
def test_a_step_has_script_log_benchmark_environment_and_resources(key):
    stage, name = key
    text = STEPS[key]
    assert f'"../scripts/{name}.py"' in text, "one rule, one script, one name"
    assert (SCRIPTS / f"{name}.py").exists()
    assert f"<logs>/{name}/" in text or f'"<logs>/{name}.log"' in text
    assert f"<benchmarks>/{name}" in text
    assert f'"../../envs/{stage}.yaml"' in text, "one stage, one environment"
    assert "mem_mb=" in text
    assert "runtime=" in text
    if "retries:" in text:
        assert "localrule: True" in text, "retries of cluster jobs belong to the profile"


class Planned:
    """The shipped run as Snakemake reads and plans it, every job of it to be done."""

    def __enter__(self):
        self.api = SnakemakeApi(OutputSettings(quiet={Quietness.ALL}))
        planned = self.api.__enter__().workflow(
            ResourceSettings(cores=1), snakefile=ROOT / "Snakefile"
        )
        planned.dag(DAGSettings(forceall=True))
        workflow = planned._workflow
        workflow._prepare_dag(forceall=True, ignore_incomplete=True, lock_warn_only=True)
        workflow._build_dag()
        return workflow

    def __exit__(self, *error):
        self.api.__exit__(*error)


@pytest.fixture(scope="module")
def shipped():
    planned = Planned()
    # A browser of other tests keeps an event loop running in this thread.
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(max_workers=1) as thread:
        patch.chdir(ROOT)
        yield thread.submit(planned.__enter__).result()
        thread.submit(planned.__exit__, None, None, None).result()


def function_of(rule) -> Callable[..., None]:
    """The function that the script of a rule has the name of."""
    name = Path(str(rule.script)).stem
    return getattr(importlib.import_module(name), name)


def test_a_figure_comes_before_all_other_jobs(shipped):
    """`priority` is not handed on to what a job needs, so it must rise along the way."""
    jobs = [job for job in shipped.dag.jobs if job.rule.name == "plot_funnel"]
    assert jobs
    for job in jobs:
        while needed := list(shipped.dag.dependencies[job]):
            assert all(0 < other.rule.priority < job.rule.priority for other in needed), job
            job = needed[0]


def test_the_names_of_every_rule_are_the_arguments_of_its_function(shipped):
    steps = [rule for rule in shipped.rules if rule.script]
    for rule in steps:
        names = (part.keys() for part in (rule.input, rule.output, rule.params))
        match_names(function_of(rule), *names, rule.wildcard_names)
    assert {name for _, name in STEPS} <= {rule.name for rule in steps}


def test_every_job_gives_its_function_what_it_asks_for(shipped):
    jobs = [job for job in shipped.dag.jobs if job.rule.script]
    for job in jobs:
        arguments_of(function_of(job.rule), job)
    assert len(jobs) > 90


def test_rules_name_the_headline_as_the_tables_do(shipped):
    blocks = {
        name: block["headline"]
        for name, block in shipped.globals["config"]["samples"].items()
        if block["whole"]
    }
    jobs = [
        job for job in shipped.dag.jobs if job.rule.name in ("score_groups", "tabulate_metrics")
    ]
    named = {
        job.wildcards.sample: dict(job.params.items()).get("headline", job.params.get("setting"))
        for job in jobs
    }
    assert named == {name: headline_of(block).name for name, block in blocks.items()}


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*.py")), ids=lambda path: path.stem)
def test_a_script_knows_snakemake_in_one_line(script):
    head, main = script.read_text().split('if __name__ == "__main__":\n')
    assert main == f"    run({script.stem}, snakemake)\n"
    assert not re.search(r"\bsnakemake\.\w|import snakemake", head)


def test_every_script_and_environment_has_its_rule():
    assert {p.stem for p in SCRIPTS.glob("*.py")} == {name for _, name in STEPS} | {"plot"}
    assert {p.stem for p in ENVS} == {stage for stage, _ in STEPS}


@cache
def own_imports(path: Path) -> set[Path]:
    """Files of the library that a file imports itself."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("chemtag"):
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names += [a.name for a in node.names if a.name.startswith("chemtag")]
    return {file for name in names for file in module_files(name)}


def chemtag_imports(path: Path) -> set[Path]:
    """Files of the library that a file imports, and those that they import."""
    found: set[Path] = set()
    todo = [path]
    while todo:
        new = own_imports(todo.pop()) - found
        found |= new
        todo.extend(new)
    return found


def module_files(name: str) -> list[Path]:
    base = SCRIPTS.joinpath(*name.split("."))
    files = [base.with_suffix(".py"), base / "__init__.py"]
    return [f for f in files if f.exists()]


@pytest.mark.parametrize("key", sorted(STEPS), ids=ids)
def test_the_digest_of_a_step_covers_all_it_imports(key):
    assert re.search(rf'code=version_of\(\s*"{key[1]}"[,)]', STEPS[key])
    script = SCRIPTS / f"{key[1]}.py"
    assert chemtag_imports(script) | {script} <= set(import_closure(script))


def test_the_digest_follows_an_import_of_an_import(tmp_path, monkeypatch):
    monkeypatch.setattr(imports, "SCRIPTS", tmp_path)
    (tmp_path / "chemtag").mkdir()
    for name, text in {
        "step.py": "from chemtag.one import (\n    a,\n)\n",
        "chemtag/__init__.py": "",
        "chemtag/one.py": "def f():\n    from chemtag import two\n",
        "chemtag/two.py": "x = 1\n",
        "chemtag/three.py": "y = 1\n",
    }.items():
        (tmp_path / name).write_text(text)

    def version():
        for cached in (imports.imported_files, imports._files_of, imports._content):
            cached.cache_clear()
        return imports.version_of_code(tmp_path / "step.py")

    before = version()
    (tmp_path / "chemtag/three.py").write_text("y = 2\n")
    assert version() == before
    (tmp_path / "chemtag/two.py").write_text("x = 2\n")
    assert version() != before


def test_no_digest_is_of_a_path_of_this_machine(tmp_path):
    outside = tmp_path / "step.py"
    outside.write_text("x = 1\n")
    with pytest.raises(ValueError, match=r"step\.py"):
        imports.version_of_code(outside)


@cache
def third_party_imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names - set(sys.stdlib_module_names) - {"snakemake", "chemtag"}


@cache
def owners() -> Mapping[str, list[str]]:
    """Packages by the modules that they install."""
    return packages_distributions()


def dependencies(env: Path) -> dict[str, str]:
    entries = [d.split() for d in yaml.safe_load(env.read_text())["dependencies"]]
    return {CONDA_NAMES.get(name, name): pin for name, pin in entries}


@pytest.mark.parametrize("env", ENVS, ids=lambda p: p.stem)
def test_an_environment_names_each_import_of_its_scripts_directly(env):
    owner = owners()
    needed: set[str] = set()
    steps = [SCRIPTS / f"{name}.py" for stage, name in STEPS if stage == env.stem]
    for step in steps + LOADED_BY_NAME.get(env.stem, []):
        for file in {step} | chemtag_imports(step):
            needed |= third_party_imports(file)
    packages = {owner[module][0].lower() for module in needed - OPTIONAL}
    named = {name.lower() for name in dependencies(env)} - NAMED_NOWHERE
    assert packages - named == set(), "imported but not in the environment"


@pytest.mark.parametrize("env", ENVS, ids=lambda p: p.stem)
def test_an_environment_pins_what_is_installed(env):
    document = yaml.safe_load(env.read_text())
    assert set(document) == {"channels", "dependencies"}
    assert document["channels"] == ["conda-forge"]
    for name, pin in dependencies(env).items():
        assert re.fullmatch(r"=\d+(\.\d+)*", pin), f"{name} is not pinned"
        wanted = pin.removeprefix("=")
        if name == "python":
            assert wanted == (ROOT / ".python-version").read_text().strip()
        else:
            found = version(name)
            assert found == wanted or found.startswith(f"{wanted}."), f"{name} {found} is installed"


@pytest.mark.parametrize("stage", ["space", "tag", "embed"])
def test_truth_never_enters_the_tagging(stage):
    text = (ROOT / "workflow" / "rules" / f"{stage}.smk").read_text()
    for source in ("truth", "members.ecsv", "birth.parquet", "/survey/"):
        assert source not in text
    for script in (name for where, name in STEPS if where == stage):
        files = import_closure(SCRIPTS / f"{script}.py")
        assert LIBRARY / "select" / "truth.py" not in files, f"{script} imports the truth"


def test_the_truth_is_joined_once():
    """Lists of members and births are read by `select` alone; all others read its truth table."""
    for (stage, name), text in STEPS.items():
        inputs = text[text.index("input:") : text.index("output:")] if "input:" in text else ""
        if stage not in ("survey", "select"):
            for source in ("members.ecsv", "birth.parquet", "list_of_clusters"):
                assert source not in inputs, f"{name} reads {source}"
    for path in SCRIPTS.rglob("*.py"):
        if "birth_cluster" in path.read_text():
            inside = path.relative_to(SCRIPTS).as_posix()
            assert inside.startswith("chemtag/survey/") or inside in (
                "chemtag/select/lists.py",
                "simulate_survey.py",
            ), f"{inside} reads a birth table"


def test_the_planner_has_points_of_samples_that_follow_from_the_recipe_alone():
    sample = {"catalog": "made", "stars": "all", "truth": "members"}
    found = {**sample, "truth": {"sample": "motion"}}
    names = {
        "config": {
            "catalogs": {"made": {"kind": "simulate", "recipe": "cone.yaml"}},
            "samples": {"own": sample, "found": found, "alone": {**sample, "stars": "members"}},
            "limits": {"planner": {"recipe": "cone.yaml"}},
            "score": {"lists": {}},
        },
        "has_found_truth": has_found_truth,
        "samples_with_truth": lambda: ["own", "found", "alone"],
    }
    exec((ROOT / "workflow" / "rules" / "simulated.smk").read_text(), names)
    assert names["planned_samples"]() == ["own"]


@pytest.mark.parametrize("stage", ["select", "space", "tag", "score", "limits", "forecast"])
def test_no_group_and_no_score_depends_on_a_map(stage):
    text = (ROOT / "workflow" / "rules" / f"{stage}.smk").read_text()
    assert "<results>/embed/" not in text
    assert '"embedding"' not in text


def test_settings_are_chosen_without_the_truth():
    text = STEPS["limits", "judge_settings"]
    inputs = text[text.index("input:") : text.index("output:")]
    for source in ("truth", "members", "birth", "/survey/", "/score/", "min_members"):
        assert source not in inputs
    script = (SCRIPTS / "judge_settings.py").read_text()
    assert "labelled_sample" not in script
    assert "truth" not in script.replace("without the truth", "").replace("No truth is read", "")


def test_files_and_functions_stay_small():
    long = []
    for path in [*SCRIPTS.rglob("*.py"), *RULES]:
        lines = path.read_text().count("\n")
        if lines > 400:
            long.append(f"{path.relative_to(ROOT)}: {lines} lines")
    for path in SCRIPTS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno > 60:
                long.append(f"{path.relative_to(ROOT)}:{node.name}")
    assert long == []


def test_every_table_contract_describes_its_columns():
    for name in contract_names():
        contract = contract_of(name)
        assert contract["description"]
        for entry in [*contract["columns"].values(), *contract.get("patterns", {}).values()]:
            assert {"dtype", "unit", "description"} <= set(entry), name


def test_a_contract_stands_in_one_stage_only():
    names = contract_names()
    assert len(names) == len(set(names))
