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
        ("seed: 1\nrun: x\nseed: 2\n", "line 3: key 'seed' is there already in line 1"),
        ("a:\n  mg: {value: MG}\n  'mg': {value: SI}\n", "line 3: key 'mg' is there already"),
        ("a: [{b: 1, b: 1}]\n", "key 'b' is there already in line 1, and only the last one"),
        ("a: {min: .nan}\n", "line 1: .nan is no number to compare with"),
        ("a: {max: -.Inf}\n", "line 1: -.Inf is no number to compare with"),
        ("a: !!float nan\n", "line 1: nan is no number to compare with"),
        ("a: 1.0e+400\n", "line 1: 1.0e+400 is no number to compare with"),
        ("a: {yes: 1, true: 2}\n", "key 'true' is there already in line 1"),
        ("a: {1: x, 1.0: y}\n", "key '1.0' is there already in line 1"),
    ],
)
def test_what_yaml_reads_otherwise_than_it_looks_is_refused(tmp_path, text, words):
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
    path.write_text("a: &a {b: 1}\nc: {<<: *a, b: 2}\nd: ['.nan', {b: 1}, {b: 2}]\n")
    refuse_misread(path)
    path.write_text("a: &a {x: 1}\nb: &b {y: 2}\nc: {<<: *a, <<: *b}\n")
    refuse_misread(path)
    assert yaml.safe_load(path.read_text())["c"] == {"x": 1, "y": 2}
    path.write_text("a: {1: x, '1': y}\nb: [!!timestamp x, !!float x, 2001-99-99, !foo 1]\n")
    refuse_misread(path)
    path.write_text("a: [\n")
    refuse_misread(path)
    refuse_misread(tmp_path / "absent.yaml")
