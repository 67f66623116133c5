"""Scalars that YAML misreads are refused where they stand without quotes."""

import pytest
import yaml

from chemtag.base.problems import InputProblem
from chemtag.base.yaml_scalars import refuse_misread


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: {clusters: [NGC 1, 010]}\n", "line 1: 010 would be read as a number in base 8"),
        ("a:\n  12:30:00: x\n", "line 2: 12:30:00 would be read as a number in base 60"),
        ("a: -190:20:30\n", "in base 60"),
        ("a: 1:30.5\n", "in base 60"),
    ],
)
def test_octal_and_sexagesimal_numbers_are_refused(tmp_path, text, words):
    path = tmp_path / "my.yaml"
    path.write_text(text)
    with pytest.raises(InputProblem) as problem:
        refuse_misread(path)
    assert words in str(problem.value)
    assert str(problem.value).startswith(f"{path}: ")


def test_quoted_and_ordinary_scalars_pass(tmp_path):
    path = tmp_path / "my.yaml"
    path.write_text('a: &a {b: "010", c: 0, d: 0.10, e: 10, f: "12:30:00", g: 2021-10-27}\nh: *a\n')
    refuse_misread(path)
    assert yaml.safe_load(path.read_text())["h"]["b"] == "010"
    path.write_text("a: [\n")
    refuse_misread(path)
    refuse_misread(tmp_path / "absent.yaml")
