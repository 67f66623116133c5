"""Where a run may be, and what it survives: other folders and odd Pythons."""

from pathlib import Path

import pytest

from chemtag.base.configuration import check_python, located
from chemtag.base.problems import InputProblem

ROOT = Path(__file__).resolve().parents[3]


def test_files_of_the_checkout_are_found_from_another_folder(tmp_path):
    recipe = "resources/recipes/highres.yaml"
    config = {
        "a": [recipe, "mine.csv", "resources/no/such", 5, None],
        "b": {recipe: "config/config.yaml"},
        "c": "resources/" + "x" * 300,
    }
    assert located(config, ROOT, ROOT) == config, "in the checkout nothing changes"
    found = located(config, ROOT, tmp_path)
    assert (tmp_path / found["a"][0]).resolve() == ROOT / recipe
    assert found["a"][1:] == config["a"][1:]
    assert list(found["b"]) == [recipe]
    assert found["c"] == config["c"]
    own = tmp_path / recipe
    own.parent.mkdir(parents=True)
    own.write_text("")
    assert located(recipe, ROOT, tmp_path) == recipe, "a file of one's own goes first"


@pytest.mark.parametrize("folder", ["a folder", "ann's", 'a"b', "a$b", "a&b", "a(b)", "a\tb"])
def test_a_python_that_the_shell_cannot_start_is_named(folder):
    with pytest.raises(InputProblem, match="which Snakemake cannot start") as problem:
        check_python(f"/home/{folder}/.venv/bin/python")
    assert "\n" not in str(problem.value)


@pytest.mark.parametrize(
    "path", ["/usr/bin/python3.12", "/home/é/env-1/bin/python", "/a@b/c+d/python"]
)
def test_other_pythons_are_taken(path):
    check_python(path)
