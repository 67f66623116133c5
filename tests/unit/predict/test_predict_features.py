"""Features out of a table; what would spoil them is refused in one sentence."""

import logging

import numpy as np
import pytest
from predict_stars import table_of

from chemtag.base.problems import InputProblem
from chemtag.predict.features import Features, features_from, labelled_of, observed_of

PLAIN = Features(("g", "mg_h"), (("g", "ks"),), {"mg_h": "mg_h_err"})


def labelled(table, features=PLAIN, **keywords):
    return labelled_of(table, features, "fe_h", "my.fits", **keywords)


def test_columns_and_colours():
    table = table_of()
    stars = labelled(table)
    assert stars.stars.layout.names == ("g", "mg_h", "g - ks")
    assert stars.stars.layout.columns == ("g", "mg_h", "ks")
    expected = np.column_stack([table["g"], table["mg_h"], table["g"] - table["ks"]])
    np.testing.assert_allclose(stars.stars.features, expected)
    assert np.isnan(stars.stars.errors[:, [0, 2]]).all()
    np.testing.assert_allclose(stars.stars.errors[:, 1], table["mg_h_err"])
    assert features_from(PLAIN.as_json()) == PLAIN


def test_a_colour_is_missing_where_a_band_is():
    table = table_of()
    table.loc[3, "ks"] = np.nan
    stars = observed_of(table, PLAIN, "my.fits")
    assert np.isnan(stars.features[3]).tolist() == [False, False, True]


def test_declared_codes_are_missing_in_single_precision_too():
    table = table_of()
    table["mg_h"] = table["mg_h"].astype("float32")
    table.loc[:4, "mg_h"] = np.float32(9.99)
    features = Features(("g", "mg_h"), missing={"mg_h": (9.99,)})
    stars = labelled(table, features)
    assert np.isnan(stars.stars.values[:, 1]).sum() == 5
    everywhere = Features(("g", "mg_h"), missing={"all": (9.99,)})
    assert np.isnan(labelled(table, everywhere).stars.values[:, 1]).sum() == 5


def test_a_value_without_its_error_is_missing():
    """Archives write a magnitude without an error for an upper limit."""
    table = table_of()
    table.loc[[2, 5], "mg_h_err"] = np.nan
    assert np.flatnonzero(np.isnan(labelled(table).stars.values[:, 1])).tolist() == [2, 5]


def test_stars_without_a_label_are_left_out_and_rows_are_sorted():
    table = table_of()
    table.loc[[0, 7], "fe_h"] = np.nan
    stars = labelled(table.sample(frac=1, random_state=1), group="star")
    assert len(stars) == 198
    assert (np.sort(stars.stars.star_id.astype(str)) == stars.stars.star_id.astype(str)).all()
    assert stars.group[0] == "one 0000"


def set_to(column, value, rows=slice(0, 8)):
    def change(table):
        table[column] = table[column].astype(object if isinstance(value, str) else float)
        table.loc[rows, column] = value
        return table

    return change


REFUSED = {
    "absent": (lambda t: t.drop(columns="ks"), PLAIN, "column 'ks' is missing"),
    "text": (set_to("g", "faint"), PLAIN, "column 'g' holds text \\('faint'\\)"),
    "infinite": (set_to("g", np.inf), PLAIN, "'g' holds 9 infinite values"),
    "infinite label": (set_to("fe_h", -np.inf), PLAIN, "'fe_h' holds 9 infinite values"),
    "constant": (set_to("g", 1.5, slice(None)), Features(("g",)), "feature 'g' is 1.5 for every"),
    "empty": (set_to("g", np.nan, slice(None)), Features(("g",)), "'g' is missing for every star"),
    "code": (set_to("mg_h", 9.99), PLAIN, "'mg_h' is 9.99 for 9 stars, which looks like a code"),
    "one code": (set_to("mg_h", 9.99, 3), PLAIN, "'mg_h' is 9.99 for 1 stars"),
    "code of a label": (set_to("fe_h", -9999.0), PLAIN, "'fe_h' is -9999 for 9 stars"),
    "zero magnitude": (set_to("g", 0.0), PLAIN, "'g' is 0 for 9 stars"),
    "zero among abundances": (set_to("mg_h", 0.0), PLAIN, "'mg_h' is 0 for 9 stars"),
    "negative error": (set_to("mg_h_err", -1.0), PLAIN, "'mg_h_err' holds 9 negative errors"),
    "target": (lambda t: t, Features(("g", "fe_h")), "the target 'fe_h' is among the features"),
    "target in a colour": (
        lambda t: t, Features((), (("fe_h", "g"),)), "the target 'fe_h' is among the features",
    ),
    "its error": (
        lambda t: t.assign(fe_h_err=t["g"]), Features(("fe_h_err",)), "column 'fe_h_err'",
    ),
    "copy": (
        lambda t: t.assign(metals=3 * t["fe_h"] + 1), Features(("metals",)),
        "'metals' orders the stars as the target 'fe_h' does",
    ),
    "copy as a colour": (
        lambda t: t.assign(a=t["fe_h"] + t["g"]), Features((), (("a", "g"),)),
        "'a - g' orders the stars as the target",
    ),
    "twice": (lambda t: t, Features(("g", "g")), "'g' is listed twice"),
    "none": (lambda t: t, Features(()), "no feature is listed"),
    "error of nothing": (lambda t: t, Features(("g",), errors={"j": "j_err"}), "'j' is the error"),
    "repeated identifier": (set_to("star_id", "same"), PLAIN, "8 identifiers .* are repeated"),
    "rounded identifier": (
        lambda t: t.assign(star_id=np.arange(200) + 2.0**62), PLAIN, "are floating-point numbers",
    ),
    "no identifier": (lambda t: t.drop(columns="star_id"), PLAIN, "'star_id' is missing"),
    "one label": (set_to("fe_h", 0.1, slice(None)), PLAIN, "'fe_h' is 0.1 for every star"),
    "no label": (set_to("fe_h", np.nan, slice(None)), PLAIN, "no star has the label"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused_in_one_sentence(case):
    change, features, words = REFUSED[case]
    with pytest.raises(InputProblem, match=words) as problem:
        labelled(change(table_of()), features)
    said = str(problem.value)
    assert "\n" not in said
    assert said.endswith(".")


def test_group_and_weight_are_checked():
    table = table_of()
    with pytest.raises(InputProblem, match="column 'twin' is missing; predict/group"):
        labelled(table, group="twin")
    with pytest.raises(InputProblem, match="not positive numbers"):
        labelled(table.assign(w=0.0), weight="w")
    table.loc[2, "star"] = None
    with pytest.raises(InputProblem, match="'star' is empty for 1 rows"):
        labelled(table, group="star")


def test_real_values_that_look_like_codes_can_be_declared():
    table = set_to("mg_h", 0.0)(table_of())
    stars = labelled(table, Features(("g", "mg_h"), measured=("mg_h",)))
    assert (stars.stars.values[:, 1] == 0).sum() == 9


def test_a_limit_of_the_scale_is_no_code():
    """An extinction of exactly 0 at the lower end, as 617 stars of RAVE have."""
    table = table_of().assign(a_v=lambda t: np.clip(t["mg_h"], 0, None))
    assert (labelled(table, Features(("g", "a_v"))).stars.values[:, 1] == 0).sum() > 50


def test_a_number_repeated_far_from_the_others_is_doubted(caplog):
    with caplog.at_level(logging.WARNING):
        labelled(set_to("g", 777.7)(table_of()))
    assert "column 'g' is exactly 777.7 for 9 stars, far from all others" in caplog.text
    assert "predict/missing: {g: [777.7]}" in caplog.text
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        labelled(table_of())
    assert not caplog.text
