"""How a run was made: commit, config without private paths, digests, costs."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from chemtag.report import provenance
from chemtag.report.provenance import (
    code_digest,
    cost_of_rules,
    data_of,
    environment_of,
    git_state,
    provenance_of,
    readme_of,
    total_cost,
    without_private_paths,
)

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = ROOT / "workflow" / "templates"


def git(folder, *words):
    identity = {
        f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    subprocess.run(
        ["git", "-C", str(folder), *words],
        check=True,
        capture_output=True,
        env={**os.environ, **identity},
    )


@pytest.fixture
def repository(tmp_path):
    (tmp_path / "workflow").mkdir()
    (tmp_path / "workflow" / "a.py").write_text("1\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


def test_a_commit_is_clean_until_a_tracked_file_changes(repository):
    state = git_state(repository)
    assert len(state["commit"]) == 40
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", state["date"])
    assert state["dirty"] is False
    (repository / "untracked").write_text("")
    assert git_state(repository)["dirty"] is False
    (repository / "workflow" / "a.py").write_text("2\n")
    assert git_state(repository)["dirty"] is True


def test_outside_of_a_repository_there_is_no_commit_but_a_reason(tmp_path, repository, monkeypatch):
    inside = repository / "workflow"
    assert git_state(inside)["commit"] is None
    assert "something else" in git_state(inside)["note"]
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    other = tmp_path.parent / "plain"
    other.mkdir(exist_ok=True)
    assert git_state(other) == {
        "commit": None,
        "date": None,
        "dirty": None,
        "note": "not a git checkout, or one without a commit",
    }
    monkeypatch.setenv("PATH", "")
    assert "not installed" in git_state(repository)["note"]


def test_the_digest_of_the_code_changes_with_it_and_not_with_compiled_files(repository):
    before = code_digest(repository)
    cache = repository / "workflow" / "__pycache__"
    cache.mkdir()
    (cache / "a.pyc").write_text("x")
    assert code_digest(repository) == before
    (repository / "workflow" / "a.py").rename(repository / "workflow" / "b.py")
    assert code_digest(repository) != before


def test_paths_of_a_users_machine_do_not_leave_it(tmp_path):
    value = {
        "a": ["~/secret/my.fits", str(tmp_path / "in" / "b.fits"), "../../other/c.fits"],
        "b": {"file:///home/ann/d": 1.5, "plain": "config/x.yaml"},
        "c": "file:///home/ann/e.fits",
    }
    found = without_private_paths(value, tmp_path)
    assert found["a"] == ["my.fits", "in/b.fits", "c.fits"]
    assert found["b"]["plain"] == "config/x.yaml"
    assert found["c"] == "e.fits"


def test_addresses_lose_what_opens_them(tmp_path):
    mirrors = {"https://ann:pw@archive/": "https://ann:secret@mirror/?key=1"}
    found = without_private_paths({"mirrors": mirrors}, tmp_path)
    assert found == {"mirrors": {"https://archive/": "https://mirror/?key=..."}}


@pytest.mark.parametrize(
    "text",
    [
        "x" * 300,
        "A & B 2020; " * 30,
        "~nobody_here/x",
        "~",
        "~ 5 dex",
        "a\x00b",
        "é" * 200,
        "🌟/" * 99,
    ],
)
def test_any_text_of_a_config_can_be_recorded(repository, text):
    config = {"run": "mine", "seed": 3, "catalogs": {"a": {"citation": text, text: text}}}
    record = provenance_of(config, repository, repository, Path("benchmarks/mine"), [])
    assert record["data"]["files"] == {}
    json.dumps(record, ensure_ascii=False).encode("utf-8")


def test_data_are_the_files_that_the_config_names(tmp_path):
    (tmp_path / "stars.csv").write_text("a\n")
    config = {"catalogs": {"x": {"path": "stars.csv", "kind": "table", "label": "stars"}}}
    known = "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7"  # sha256sum
    assert data_of(config, tmp_path) == {
        "files": {"stars.csv": {"sha256": known, "bytes": 2}},
        "datasets": {},
    }
    record = tmp_path / "resources" / "downloads" / "dr17" / "verified.json"
    record.parent.mkdir(parents=True)
    record.write_text('{"sha256": "abc"}')
    config["catalogs"]["x"] = {"kind": "table", "dataset": "dr17"}
    assert data_of(config, tmp_path)["datasets"] == {"dr17": {"sha256": "abc"}}


def test_costs_add_up_by_rule_and_leave_out_files_of_another_config(tmp_path):
    folder = tmp_path / "benchmarks" / "run"
    (folder / "tag_stars").mkdir(parents=True)
    jobs = {
        "tag_stars/a.raw.jsonl": {"s": 2.0, "cpu_time": 1.5, "max_rss": 100.0},
        "tag_stars/b.raw.jsonl": {"s": 3.0, "cpu_time": 2.0, "max_rss": 300.0},
        "tag_stars/gone.raw.jsonl": {"s": 99.0, "cpu_time": 99.0, "max_rss": 999.0},
        "plot.jsonl": {"s": 0.1, "cpu_time": "NA", "max_rss": "NA"},
    }
    for name, measured in jobs.items():
        (folder / name).write_text(json.dumps(measured) + "\n")
    patterns = [
        ["tag_stars", r"benchmarks/run/tag_stars/(?P<sample>(?:a|b))\.(?P<space>(?:raw))\.jsonl"],
        ["plot", r"benchmarks/run/plot\.jsonl"],
    ]
    rules = cost_of_rules(folder.rglob("*.jsonl"), patterns, tmp_path)
    assert rules == {
        "plot": {"jobs": 1, "wall_s": 0.1, "longest_s": 0.1, "cpu_s": 0.0, "peak_mb": None},
        "tag_stars": {"jobs": 2, "wall_s": 5.0, "longest_s": 3.0, "cpu_s": 3.5, "peak_mb": 300.0},
    }
    assert total_cost(rules) == {"jobs": 3, "wall_s": 5.1, "cpu_s": 3.5, "peak_mb": 300.0}
    assert total_cost({})["peak_mb"] is None


def test_the_environment_names_versions_but_no_host_or_user():
    found = environment_of()
    assert found["packages"]["numpy"]
    text = json.dumps(found)
    for private in (os.uname().nodename, str(Path.home()), str(ROOT)):
        assert len(private) < 4 or private not in text


def test_a_record_is_plain_json_and_makes_a_readme(repository):
    config = {"run": "mine", "seed": 3, "catalogs": {}}
    record = provenance_of(config, repository, repository, Path("benchmarks/mine"), [])
    json.dumps(record, allow_nan=False)
    words = yaml.safe_load((TEMPLATES / "folders.yaml").read_text())
    template = (TEMPLATES / "results_readme.md").read_text()
    text = readme_of(template, record, ["score", "unheard"], words)
    assert record["code"]["commit"] in text
    assert "| `score/` | scores with interval" in text
    assert "`unheard/`" in text
    assert text.endswith("\n")
    record["code"] |= {"commit": None, "dirty": None}
    assert record["code"]["sha256"] in readme_of(template, record, [], words)


def test_every_stage_has_words_for_its_folder():
    words = yaml.safe_load((TEMPLATES / "folders.yaml").read_text())
    stages = {path.stem for path in (ROOT / "envs").glob("*.yaml")} - {
        "fetch",
        "figures",
        "manuscript",
    }
    assert stages <= set(words)


def test_the_folders_of_the_digest_exist():
    for folder in provenance.CODE_FOLDERS:
        assert (ROOT / folder).is_dir()
