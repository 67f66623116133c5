"""Every command that a document prints is known here, with how it is tried.

`parsed`: options, files, rules and groups of the command are checked, in this process. `dry`: that,
and a dry run of it (slow). `real`: that, and it is run in the order of the tutorial (slow).
A file: the test of that name runs it or checks the program it starts. `stated`: it needs a machine
that no test has, and the document says that it has not been tried.
"""

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from snakemake.cli import get_argument_parser

from checkout import PARTS, copied

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "config" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
PROGRAMS = ("uv", "pip", "snakemake", "podman", "docker", "export", "git", "python", "conda")
# Files that a reader writes, and what stands for them here.
STAND_INS = {
    "my.yaml": "config/config.yaml",
    "mine.yaml": "tests/data/tutorial.yaml",
    "config/….yaml": "config/apogee-dr17.yaml",
}
CLUSTER = "tests/slurm/test_slurm_success.py"
WAYS = {
    "export UV_PROJECT_ENVIRONMENT=.venv-cluster": CLUSTER,
    "pip install .": "tests/contract/test_package.py",
    "pip install uv": ".ci/run",
    "podman build -t chemtag .": "tests/contract/test_containerfile.py",
    'podman run --rm -v "$PWD/results:/chemtag/results" chemtag --cores 4': (
        "tests/contract/test_containerfile.py"
    ),
    "snakemake fetch --configfile config/….yaml": "parsed",
    "snakemake forecast --configfile config/forecast.yaml": "dry",
    "uv run snakemake forecast --configfile config/planner.yaml": "dry",
    "uv run snakemake --cores 2 --configfile config/galaxy.yaml": "dry",
    "uv run snakemake --cores 2 --configfile config/census.yaml": "dry",
    "uv run snakemake results/census/score/m4.robust.scores.ecsv --cores 2 --configfile "
    "config/census.yaml": "tests/integration/test_census_config.py",
    "uv run snakemake results/census/paper/figures/lists_chemical.pdf --cores 2 --configfile "
    "config/census.yaml": "dry",
    "uv run pytest -m slow -s tests/golden/test_census.py": "parsed",
    "uv run pytest -m slow -s tests/golden/test_published_lists.py": "parsed",
    "uv run pytest -m slow -n 0 tests/slurm/test_slurm_success.py -k every_stage": "parsed",
    "uv run python benchmarks/census.py --what both --seeds 8": "parsed",
    "uv run python benchmarks/census.py --what injection --seeds 10": "parsed",
    "uv run python benchmarks/census.py --what injection --seeds 5 --only sigma": "parsed",
    "uv run python benchmarks/census.py --what metrics --seeds 5": "parsed",
    "uv run python benchmarks/census.py --what near --seeds 8": "parsed",
    "uv run python benchmarks/census.py --what truths --seeds 10": "parsed",
    "uv run python benchmarks/census.py --what metrics --seeds 5 --only errors": "parsed",
    "uv run python benchmarks/census_sizes.py --n 3000 10000 30000 100000 --limit 1500": "parsed",
    "uv run python benchmarks/census_sizes.py --n 300000 --taggers ladder motion_mixture "
    "dbscan_shuffled --limit 2400": "parsed",
    "uv run snakemake cmd --cores 8 --configfile my.yaml": "parsed",
    "uv sync --group isochrones": "stated",
    "uv run --group bench python benchmarks/density.py --n 20000 100000 --dims 18 --what fit grid "
    "memory floor": "parsed",
    "uv run --group cluster snakemake --profile profiles/slurm": "parsed",
    "uv run --group cluster snakemake --profile profiles/slurm --configfile "
    "config/apogee-dr17.yaml": "parsed",
    "uv run --group cluster snakemake --profile profiles/slurm-generic": "parsed",
    "uv run --group cluster snakemake --unlock": "parsed",
    "uv run chemtag new my.fits": "tests/unit/new/test_new.py",
    "uv run chemtag new --check my.yaml": "tests/unit/new/test_check.py",
    "uv run python benchmarks/published_convention.py --samples 300": "parsed",
    "uv run mkdocs build --strict": "tests/contract/test_commands.py",
    "uv run mypy": "tests/contract/test_standards.py",
    "uv run pytest -m slow -s tests/golden/test_open_clusters.py": "parsed",
    "uv run pytest -m slow -s tests/golden/test_sparse_clusters.py": "parsed",
    "uv run pytest": ".ci/run",
    "uv run pytest -m slow": "parsed",
    "uv run pytest -m slow tests/browser": "parsed",
    "uv run python benchmarks/page.py --stars 50000 300000": "parsed",
    "uv run python tools/config_reference.py": "tests/contract/test_documents.py",
    "uv run python tools/notebook.py": "tests/contract/test_notebook.py",
    "uv run python tools/pin_versions.py": "parsed",
    "uv run python tools/ro_crate.py": "tests/contract/test_standing.py",
    "uv run python benchmarks/backends.py": "parsed",
    "uv run python benchmarks/row_order.py results/shipped field --space error_scaled": "parsed",
    "uv run python benchmarks/row_order.py results/apogee-dr17-giants giants "
    "--space error_scaled_h --package fast_hdbscan": "parsed",
    "uv run python benchmarks/scoring.py": "tests/unit/score/test_sparse.py",
    "uv run python tools/measure_resources.py --compare stars_1000 stars_50000 "
    "stars_300000": "parsed",
    "uv run python tools/solve_environments.py": "parsed",
    "uv run pytest -m conda": "tests/conda/test_conda.py",
    "uv run pytest -m slurm": CLUSTER,
    "uv run pytest -m slow -k rehearsal_of_the_whole -s -n 0": "parsed",
    "uv run pytest tests/contract": ".ci/run",
    "uv run mkdocs build": "tests/contract/test_commands.py",
    "snakemake --containerize > Dockerfile": "stated",
    "snakemake --sdm conda --conda-create-envs-only --cores 1": "parsed",
    "snakemake fetch": "parsed",
    "snakemake paper": "parsed",
    "uv run snakemake --cores 2 --sdm conda --configfile tests/data/tiny.yaml": "parsed",
    "uv run snakemake --cores 4 --sdm conda": "parsed",
    "uv run snakemake --cores 4": "parsed",
    "uv run ruff check": "tests/contract/test_standards.py",
    "uv run ruff format": "tests/contract/test_standards.py",
    "uv run snakefmt Snakefile workflow": "tests/contract/test_standards.py",
    "uv run snakemake --cores 2 --configfile mine.yaml": "real",
    "uv run snakemake --cores 2 --configfile mine.yaml --dry-run": "real",
    "uv run snakemake --cores 2 --configfile tests/data/tiny.yaml": "real",
    "uv run snakemake --cores 8": "dry",
    "uv run snakemake --unlock": "tests/integration/test_kills.py",
    "uv run snakemake --directory ELSEWHERE": "tests/integration/test_elsewhere.py",
    "uv run snakemake --cores 8 --configfile config/apogee-dr17.yaml": "parsed",
    "uv run snakemake --cores 8 --configfile config/galah-dr4.yaml": "parsed",
    "uv run snakemake --cores 8 --configfile my.yaml": "dry",
    "uv run snakemake --cores 8 --configfile my.yaml --dry-run": "dry",
    "uv run snakemake --cores 8 --sdm conda": "parsed",
    "uv run snakemake fetch --configfile config/apogee-dr17.yaml": "dry",
    "uv run snakemake --profile profiles/slurm --configfile config/apogee-dr17.yaml": "parsed",
    "uv run snakemake --report report.html": "parsed",
    "uv run snakemake ablate --cores 2": "dry",
    "uv run snakemake ablate --cores 2 --configfile config/ablate.yaml": "dry",
    "uv run snakemake compare --cores 2": "dry",
    "uv run snakemake compare --cores 2 --configfile config/compare.yaml": "dry",
    "uv run snakemake fetch --cores 1 --configfile config/apogee-dr17.yaml": "dry",
    "uv run snakemake fetch --cores 1 --configfile config/galah-dr4.yaml": "dry",
    "uv run snakemake paper --cores 8": "dry",
    "uv run snakemake predict --cores 2 --configfile config/predict-ages.yaml": "parsed",
    "uv run snakemake vet --cores 8 --configfile my.yaml": "parsed",
    "uv run pytest -m slow -s tests/golden/test_label_transfer.py": "parsed",
    "uv run pytest -m slow -s tests/golden/test_colour_magnitude.py": "parsed",
    "uv run pytest -m slow -s -n 0 tests/integration/test_kills.py": "parsed",
    "uv run snakemake archive --cores 1": "dry",
}


def commands_of(document: Path) -> list[str]:
    """Commands of indented blocks, of fences of a shell or no language, and within a line."""
    found, fence = [], None
    for line in document.read_text(encoding="utf-8").splitlines():
        mark = re.match(r"\s*```(\w*)", line)
        if mark:
            fence = None if fence is not None else mark[1]
            continue
        shell = fence in ("", "bash", "sh", "console") if fence is not None else line[:4] == "    "
        words = re.sub(r"\s+#.*", "", line).strip().removeprefix("$ ")
        if shell and words.split(" ")[0] in PROGRAMS:
            found += [part.strip() for part in words.split("&&")]
        elif fence is None:
            found += re.findall(r"`((?:uv run|snakemake|pip) [^`]+)`", line)
    return found


COMMANDS = sorted({command for document in DOCUMENTS for command in commands_of(document)})


def words_of(command: str) -> list[str]:
    """The words of a command without `uv run`, files of the reader replaced."""
    words = [STAND_INS.get(word, word) for word in shlex.split(command)]
    if words[:2] != ["uv", "run"]:
        return words
    words = words[2:]
    if words[0] == "--group":
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())
        assert words[1] in project["dependency-groups"], words[1]
        words = words[2:]
    return words


def way_of(command: str) -> str | None:
    """How a command is tried; commands for schedulers with a plugin of their own are stated."""
    if command.startswith("uv run --with snakemake-executor-plugin-"):
        return "stated"
    return WAYS.get(command)


def test_every_command_of_the_documents_is_known():
    unknown = [command for command in COMMANDS if way_of(command) is None]
    assert unknown == [], "say in WAYS how each is tried"


def test_no_command_is_known_that_no_document_prints():
    assert set(WAYS) - set(COMMANDS) == set()


def rule_names() -> set[str]:
    files = [ROOT / "workflow" / "Snakefile", *(ROOT / "workflow" / "rules").glob("*.smk")]
    return {name for path in files for name in re.findall(r"^rule (\w+):", path.read_text(), re.M)}


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_can_be_parsed_and_name_what_is_there(command):
    way = way_of(command)
    if way is None:
        pytest.fail("say in WAYS how it is tried")
    if way == "stated":
        return
    if way not in ("parsed", "dry", "real"):
        assert (ROOT / way).exists(), way
        return
    words = words_of(command)
    if words[0] == "snakemake":
        options = get_argument_parser().parse_args(words[1:])
        files = {target for target in options.targets if target.startswith("results/")}
        assert set(options.targets) - files <= rule_names()
        profiles = options.profile or []
        named = [
            *(options.configfile or []),
            *([profiles] if isinstance(profiles, str) else profiles),
        ]
        assert all((ROOT / path).exists() for path in named), named
        return
    files = [word for word in words if word.endswith((".py", ".yaml"))]
    assert all((ROOT / path).exists() for path in files)
    program = sys.executable if words[0] == "python" else words[0]
    assert shutil.which(program, path=str(Path(sys.executable).parent))


def snakemake(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).parent / "snakemake")
    return subprocess.run(
        [program, *words], cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    """A clone as a reader has it."""
    return copied(tmp_path_factory.mktemp("clone") / "chemtag", (*PARTS, "tests", "docs"))


@pytest.mark.slow
@pytest.mark.parametrize("command", [c for c in COMMANDS if WAYS.get(c) == "dry"])
def test_commands_run_dry(command, clone):
    run = snakemake([*words_of(command)[1:], "--dry-run", "--quiet"], clone)
    assert run.returncode == 0, run.stdout[-3000:]


@pytest.mark.slow
def test_the_block_of_other_elements_overlays_the_shipped_run(clone):
    page = (ROOT / "docs" / "howto" / "elements.md").read_text()
    block = page.split("```yaml\n")[1].split("\n```")[0]
    (clone / "elements.yaml").write_text(f"run: fewer\n{block}\n")
    run = snakemake(["--cores", "2", "--configfile", "elements.yaml", "--dry-run"], clone)
    assert run.returncode == 0, run.stdout[-3000:]
    assert "results/fewer/select/field.abundances.parquet" in run.stdout
    assert "results/fewer/select/idealised.abundances.parquet" in run.stdout, "other samples stay"


@pytest.mark.slow
def test_the_tutorial_runs_in_its_order(clone):
    for command in commands_of(ROOT / "docs" / "tutorial.md"):
        if WAYS[command] == "real":
            run = snakemake(words_of(command)[1:], clone)
            assert run.returncode == 0, run.stdout[-6000:]
    page = (ROOT / "docs" / "tutorial.md").read_text()
    named = set(re.findall(r"`(results/[\w./-]+)`", page))
    assert named
    assert [path for path in sorted(named) if not (clone / path).exists()] == []


def test_the_config_of_the_tutorial_is_the_tested_one():
    page = (ROOT / "docs" / "tutorial.md").read_text()
    shown = yaml.safe_load(page.split("```yaml\n")[1].split("\n```")[0])
    assert shown == yaml.safe_load((ROOT / "tests" / "data" / "tutorial.yaml").read_text())


@pytest.mark.slow
def test_the_site_builds_without_a_warning_and_without_the_network(tmp_path):
    program = str(Path(sys.executable).parent / "mkdocs")
    run = subprocess.run(
        [program, "build", "--strict", "--quiet", "--site-dir", str(tmp_path)],
        cwd=ROOT, text=True, capture_output=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    loaded = re.compile(r'<(?:script|img|link rel="stylesheet")[^>]+(?:src|href)="(https?:[^"]+)')
    pages = list(tmp_path.rglob("*.html"))
    assert (tmp_path / "reference" / "config.html") in pages
    assert {url for page in pages for url in loaded.findall(page.read_text())} == set()
