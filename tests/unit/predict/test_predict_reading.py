"""Tables of tasks in any format; the real tables of the recipes where they are there."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table
from predict_stars import table_of

from chemtag.base.problems import InputProblem
from chemtag.predict.reading import read_stars, read_table_of
from chemtag.predict.task import read_tasks, task_from, training_stars

BLOCK = {
    "table": "any",
    "target": "fe_h",
    "group": "star",
    "features": {
        "columns": ["g", "mg_h"],
        "colours": [["j", "ks"]],
        "errors": {"mg_h": "mg_h_err"},
    },
    "covers": {"labels": "all", "stars": "dwarfs", "not": "giants"},
}


def written(table, path):
    if path.suffix == ".parquet":
        table.to_parquet(path)
    elif path.suffix == ".csv":
        table.to_csv(path, index=False)
    else:
        Table.from_pandas(table).write(path)
    return path


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".fits", ".ecsv"])
def test_the_format_of_a_table_does_not_matter(suffix, tmp_path):
    table = table_of()
    table.loc[[3, 5], "mg_h"] = np.nan
    task = task_from("iron", BLOCK, "config")
    expected = training_stars(table, task, "here")
    found = read_stars(written(table, tmp_path / f"stars{suffix}"), None, task)
    np.testing.assert_array_equal(found.stars.star_id, expected.stars.star_id)
    np.testing.assert_array_equal(found.group, expected.group)
    np.testing.assert_allclose(found.label, expected.label, rtol=1e-12)
    np.testing.assert_allclose(found.stars.values, expected.stars.values, rtol=1e-12)
    assert np.isnan(found.stars.values).sum() == 2


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("g", np.inf, "column 'g' holds 1 infinite values"),
        ("star_id", "", "1 rows have no identifier in 'star_id'"),
        ("star", "", "column 'star' is empty for 1 rows"),
        ("fe_h", "metal-poor", "holds 'metal-poor' in row 8, expected numbers"),
    ],
)
def test_a_wrong_cell_is_one_sentence(column, value, said, tmp_path):
    table = table_of().astype({column: object})
    table.loc[7, column] = value
    task = task_from("iron", BLOCK, "config")
    with pytest.raises(InputProblem, match=said):
        read_stars(written(table, tmp_path / "stars.csv"), None, task)


def test_a_missing_column_is_one_sentence(tmp_path):
    path = written(table_of().drop(columns="mg_h_err"), tmp_path / "stars.csv")
    with pytest.raises(InputProblem, match=r"'mg_h_err' \(predict/iron\) is missing"):
        read_table_of(path, task_from("iron", BLOCK, "config"))


@pytest.mark.parametrize("recipe", ["assaad", "shboost", "ages"])
def test_the_tables_of_the_recipes_are_read_as_they_are(recipe, root, extracts):
    for task in read_tasks(root / "config" / f"predict-{recipe}.yaml").values():
        path = extracts / "labels" / Path(task.table).name
        if not path.is_file():
            pytest.skip(f"no table {path}")
        found = read_stars(path, None, task)
        expected = training_stars(pd.read_parquet(path), task, task.table)
        np.testing.assert_array_equal(found.stars.star_id, expected.stars.star_id)
        np.testing.assert_array_equal(found.group, expected.group)
        np.testing.assert_array_equal(found.label, expected.label)
        np.testing.assert_array_equal(found.stars.values, expected.stars.values)
