"""Stages `select` and `space` through their scripts, on tables made by hand."""

import numpy as np
import pandas as pd
import pytest
from stage_of_select import BITMASKS, ELEMENTS, PLAIN, Stage

from chemtag.base.problems import InputProblem
from chemtag.base.tables import write_table

NAN = np.nan

# columns as NAMES: the last ones are the error of si_fe and the flag of mg_fe
ROWS = [
    ("s01", "X", 100, 4500, 0, 0, 0.00, 0.10, 0.05, 0.02, 0),
    ("s02", "X", 100, 4500, 2, 0, 0.02, 0.12, 0.06, 0.02, 1 << 25),
    ("s03", "X", 60, 4500, 0, 0, 0.01, 0.11, 0.05, 0.02, 0),
    ("s04", "X", 100, 4500, 0, 0, 0.50, 0.50, 0.50, 0.02, 0),
    ("s04", "X", 150, 4500, 0, 0, 0.03, 0.09, 0.07, 0.02, 0),
    ("s05", "Y", 70, 5200, 0, 0, -0.90, 0.30, 0.20, 0.02, 0),
    ("s06", "Y", 90, 4500, 1, 0, -0.31, 0.31, 0.21, 0.02, 0),
    ("s07", "", 90, 4500, 0, 1 << 40, 0.10, 0.00, 0.00, 0.02, 0),
    ("s08", "", 90, NAN, 0, 0, 0.10, 0.00, 0.00, 0.02, 0),
    ("s09", "", 90, 4500, 0, 0, 0.10, 0.00, 0.00, 0.02, 1),
    ("s10", "", 90, 4500, 0, 0, 0.10, 0.00, 0.00, 0.30, 0),
    ("s11", "", 90, 4500, 0, 0, -1.20, 0.00, 0.00, 0.02, 0),
    ("s12", "", 90, 4500, 0, -(2**63), 0.10, 0.00, NAN, 0.02, 0),
]
NAMES = "star_id cluster snr teff flag_star flag_pipeline fe_h mg_fe si_fe si_fe_err mg_fe_flag"


def catalogue() -> pd.DataFrame:
    table = pd.DataFrame(ROWS, columns=NAMES.split())
    table["fe_h_err"], table["mg_fe_err"] = 0.03, 0.04
    table["fe_h_flag"] = table["si_fe_flag"] = 0
    table["logg"] = 2.5
    return table


@pytest.fixture
def cuts(root):
    """All cuts that the table made by hand is meant for."""
    return {
        "masks": {
            "star": str(root / BITMASKS / "apogee_starflag.yaml"),
            "pipeline": str(root / BITMASKS / "apogee_aspcapflag.yaml"),
            "element": str(root / BITMASKS / "apogee_paramflag.yaml"),
        },
        "flags": {"star": ["BAD_PIXELS"], "pipeline": ["PROBLEM_TARGET", 23]},
        "duplicates": "best_snr",
        "windows": {
            "snr": {"min": 70},
            "teff": {"min": 4000, "max": 5200},
            "fe_h": {"min": -0.9},
        },
        "element_flags": ["GRIDEDGE_BAD", "TEFF_CUT"],
        "error_max": 0.2,
        "missing": {"policy": "complete", "max_fraction": 0.2, "neighbours": 2},
    }


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path)


FUNNEL = [
    ("catalogue", "the catalogue as read, entries of 12 stars", 13, 0, 6, 2),
    ("flags/star", "flag_star: none of BAD_PIXELS", 12, 1, 5, 2),
    ("flags/pipeline", "flag_pipeline: none of PROBLEM_TARGET, 23", 11, 1, 5, 2),
    ("duplicates", "of several entries the one of best S/N", 10, 1, 5, 2),
    ("windows/snr", "S/N >= 70", 9, 1, 4, 2),
    ("windows/teff", "4000 <= Teff <= 5200 K (1 without a value are lost)", 8, 1, 4, 2),
    ("element_flags", "flags of abundances: none of GRIDEDGE_BAD, TEFF_CUT", 7, 1, 4, 2),
    ("error_max", "errors <= 0.2 dex", 6, 1, 4, 2),
    ("windows/fe_h", "[Fe/H] >= -0.9 dex", 5, 1, 4, 2),
    ("missing", "all 3 abundances measured", 4, 1, 4, 2),
]


def test_the_funnel_of_twelve_stars_by_hand(stage, cuts):
    sample, funnel = stage.select(catalogue(), cuts)
    columns = ["cut", "detail", "stars_left", "stars_lost", "members_left", "clusters_left"]
    assert list(funnel[columns].itertuples(index=False, name=None)) == FUNNEL
    assert funnel["step"].tolist() == list(range(10))
    assert sample["star_id"].tolist() == ["s01", "s02", "s04", "s05"]
    assert sample["fe_h"].tolist() == [0.0, 0.02, 0.03, -0.9]
    assert sample["si_fe_err"].tolist() == [0.02] * 4
    assert sample.attrs["elements"] == ELEMENTS
    assert sample.attrs["ratio"] == "x_fe"


@pytest.mark.parametrize("seed", range(4))
def test_rows_in_another_order_give_the_same_bytes(tmp_path, cuts, seed):
    one, two = Stage(tmp_path / "one"), Stage(tmp_path / "two")
    one.select(catalogue(), cuts)
    two.select(catalogue().sample(frac=1, random_state=seed), cuts)
    one.space(scale="zscore")
    two.space(scale="zscore")
    for name in ("a.parquet", "funnel.ecsv", "space.parquet"):
        assert (one.folder / name).read_bytes() == (two.folder / name).read_bytes(), name


def test_members_only_and_small_clusters_stay(stage):
    sample, funnel = stage.select(catalogue(), PLAIN, keep="members")
    assert sample["star_id"].tolist() == ["s01", "s02", "s03", "s04", "s05", "s06"]
    row = funnel[funnel["cut"] == "members"].iloc[0]
    assert (row["stars_left"], row["stars_lost"], row["members_left"]) == (6, 6, 6)


def test_other_lists_keep_stars_and_the_truth_counts_members(stage):
    everyone = [f"s0{i}" for i in range(1, 9)]  # of them s07 and s08 are field by the truth
    union = pd.DataFrame({"star_id": everyone, "cluster": "Z", "probability": 1.0, "source": ""})
    path = stage.folder / "listed.ecsv"
    write_table(union, path, "members")
    # A draw of the field takes none of whom a list names.
    sample, funnel = stage.select(catalogue(), {**PLAIN, "n_field": 0}, keep="members", listed=path)
    _, alone = stage.select(catalogue(), PLAIN, keep="members")
    assert sample["star_id"].tolist() == everyone
    last = funnel.iloc[-1]
    assert (last["stars_left"], last["members_left"]) == (8, 6)
    assert last["clusters_left"] == alone.iloc[-1]["clusters_left"]


def test_red_clump_stars_by_a_bit_that_must_be_set(stage, cuts):
    required = {**PLAIN, "masks": cuts["masks"], "require_flags": {"mg": ["SPEC_RGB"]}}
    sample, funnel = stage.select(catalogue(), required)
    assert sample["star_id"].tolist() == ["s02"]
    assert funnel["detail"][1] == "mg_fe_flag: any of SPEC_RGB"


def test_a_star_without_a_mask_has_none_of_the_bits_that_must_be_set(stage, cuts):
    table = catalogue()
    table.loc[table["star_id"] == "s01", "mg_fe_flag"] = -1
    required = {**PLAIN, "masks": cuts["masks"], "require_flags": {"mg": ["SPEC_RGB"]}}
    sample, funnel = stage.select(table, required)
    assert sample["star_id"].tolist() == ["s02"]
    assert funnel["detail"][1] == "mg_fe_flag: any of SPEC_RGB (1 without a mask are lost)"


def test_a_star_without_a_mask_is_lost_to_any_cut_on_its_bits(stage):
    table = catalogue()
    table.loc[table["star_id"].isin(["s03", "s09"]), "flag_star"] = -1
    sample, funnel = stage.select(table, {**PLAIN, "flags": {"star": [5]}})
    assert not {"s03", "s09"} & set(sample["star_id"])
    assert funnel["detail"][1] == "flag_star: none of 5 (2 without a mask are lost)"


def test_a_full_mask_of_32_bits_is_not_a_missing_one(stage):
    table = catalogue()
    table.loc[table["star_id"] == "s01", "mg_fe_flag"] = 2**32 - 1
    sample, _ = stage.select(table, {**PLAIN, "require_flags": {"mg": [25]}})
    assert sample["star_id"].tolist() == ["s01", "s02"]


def test_bit_63_of_a_negative_mask(stage):
    sample, _ = stage.select(
        catalogue(), {**PLAIN, "flags": {"pipeline": [63]}}, elements=ELEMENTS[:2]
    )
    assert "s12" not in sample["star_id"].tolist()
    assert len(sample) == 11


def test_windows_on_the_other_ratio(stage):
    # [Mg/H] = [Mg/Fe] + [Fe/H]: 0.14 of s02, 0.12 of s03 and of the better entry of s04
    windows = {"duplicates": "best_snr", "windows": {"mg_h": {"min": 0.11, "max": 0.2}}}
    sample, funnel = stage.select(catalogue(), PLAIN | windows, elements=ELEMENTS[:2])
    assert sample["star_id"].tolist() == ["s02", "s03", "s04"]
    assert funnel["detail"][2] == "0.11 <= [Mg/H] <= 0.2 dex"


def many_stars(seed=0, size=600):
    rng = np.random.default_rng(seed)
    iron = rng.normal(0, 0.2, size)
    table = pd.DataFrame(
        {
            "star_id": [f"s{i:04d}" for i in range(size)],
            "cluster": ["X" if i < 20 else "" for i in range(size)],
            "fe_h": iron,
            "mg_fe": -0.1 * iron + rng.normal(0, 0.03, size),
            "teff": rng.uniform(4200, 5200, size),
            "logg": rng.uniform(1.5, 3.0, size),
            "snr": rng.uniform(50, 200, size),
        }
    )
    table["si_fe"] = 0.5 * table["mg_fe"] + rng.normal(0, 0.02, size)
    for column in ("fe_h", "mg_fe", "si_fe"):
        table[f"{column}_err"] = rng.uniform(0.01, 0.03, size)
    return table


def test_trends_are_removed_from_all_stars_whatever_they_belong_to(stage):
    table = many_stars()
    table["si_fe"] += 0.05 * (table["teff"] - 4700) / 500
    trends = {**PLAIN, "trends": {"order": 1, "clip": 4}}
    everyone, _ = stage.select(table, trends)
    relabelled = table.assign(cluster=np.roll(table["cluster"], 100))
    assert stage.select(relabelled, trends)[0].equals(everyone)
    found = everyone.attrs["trends"]["coefficients"]
    assert set(found) == {"si"}
    assert found["si"]["t"] == pytest.approx(0.05, abs=0.01)
    np.testing.assert_array_equal(everyone["si_fe_raw"], table["si_fe"])
    assert "mg_fe_raw" not in everyone
    # the members-only sample is corrected by the same fit to all stars
    members, _ = stage.select(table, trends, keep="members")
    assert members["si_fe"].tolist() == everyone["si_fe"][:20].tolist()


def test_sparse_elements_are_dropped_first(stage):
    table = many_stars()
    table.loc[:299, "si_fe"] = NAN
    table.loc[590:, "mg_fe"] = NAN
    policy = {"policy": "drop_sparse", "max_fraction": 0.2, "neighbours": 5}
    sample, funnel = stage.select(table, {**PLAIN, "missing": policy})
    assert len(sample) == 590
    assert sample.attrs["elements"] == ["fe", "mg"]
    assert sample.attrs["dropped_elements"] == ["si"]
    assert funnel["detail"].iloc[-1] == (
        "all 2 abundances measured (dropped si 50 %: missing in more than 20 % of the stars)"
    )


def test_imputed_abundances_are_flagged(stage):
    table = many_stars()
    table.loc[:9, "si_fe"] = NAN
    table.loc[5:7, "mg_fe"] = NAN
    policy = {"policy": "impute", "max_fraction": 0.4, "neighbours": 5}
    sample, funnel = stage.select(table, {**PLAIN, "missing": policy})
    assert len(sample) == 597  # three stars lack two of three abundances
    assert sample["n_imputed"].sum() == 7
    assert sample["n_imputed"].tolist() == [1] * 7 + [0] * 590
    assert sample["si_fe"].notna().all()
    assert sample["si_fe_err"].isna().sum() == 7
    assert sample.attrs["imputed"] == {"si": 7}
    assert "(7 abundances of 7 stars imputed)" in funnel["detail"].iloc[-1]
    known = sample["n_imputed"] == 0
    np.testing.assert_array_equal(sample["si_fe"][known], table["si_fe"][10:])
    assert len(stage.space(scale="error_scaled")) == 597


def test_abundances_with_bad_flags_are_missing_before_elements_are_dropped(stage, cuts):
    table = many_stars().assign(fe_h_flag=0, mg_fe_flag=0, si_fe_flag=0)
    table.loc[:399, "si_fe_flag"] = 1
    policy = {"policy": "drop_sparse", "max_fraction": 0.5, "neighbours": 5}
    sample, funnel = stage.select(
        table,
        {**PLAIN, "masks": cuts["masks"], "element_flags": ["GRIDEDGE_BAD"], "missing": policy},
    )
    assert len(sample) == 600
    assert sample.attrs["elements"] == ["fe", "mg"]
    assert funnel["detail"][2].endswith("(400 abundances of 400 stars missing)")


def test_outliers_and_errors(stage):
    table = many_stars()
    table.loc[3, "mg_fe"] = 2.0
    setting = {"outliers": 8, "errors": {"inflation": 2.0, "floor": {"mg": 0.05}}}
    sample, funnel = stage.select(table, {**PLAIN, **setting})
    assert funnel.loc[funnel["cut"] == "outliers", "stars_lost"].tolist() == [1]
    rest = table.drop(index=3)
    np.testing.assert_allclose(sample["fe_h_err"], 2 * rest["fe_h_err"])
    np.testing.assert_allclose(sample["mg_fe_err"], np.maximum(2 * rest["mg_fe_err"], 0.05))


def test_infinite_values_count_as_missing(stage):
    table = many_stars()
    table.loc[0, "mg_fe"] = np.inf
    table.loc[1, "mg_fe_err"] = np.inf
    sample, _ = stage.select(table, PLAIN)
    assert len(sample) == 599
    assert np.isnan(sample["mg_fe_err"][0])
    assert sample.attrs["infinite_counted_as_missing"] == {"mg_fe": 1, "mg_fe_err": 1}


def test_limits_of_errors_are_for_the_elements_of_the_sample(stage):
    # iron serves the window only; that it has no errors costs no star
    table = catalogue().drop(columns="fe_h_err")
    cuts = {**PLAIN, "error_max": 0.2, "windows": {"fe_h": {"max": 0.2}}}
    sample, _ = stage.select(table, cuts, elements=["mg", "si"])
    assert len(sample) == 9


def spoiled(**columns):
    return lambda: catalogue().assign(**columns)


@pytest.mark.parametrize(
    ("table", "change", "elements", "sentence"),
    [
        (catalogue, {"duplicates": "error"}, ELEMENTS, "star_id 's04' occur more than once"),
        (catalogue, {"flags": {"stra": [0]}}, ELEMENTS, "column flag_stra nor stra_fe_flag"),
        (catalogue, {"flags": {"star": ["LOW_SNR"]}}, ELEMENTS, "no mask definition is given"),
        (catalogue, {"windows": {"chi2": {"max": 25}}}, ELEMENTS, "'chi2', which the catalogue"),
        (catalogue, {"windows": {"al_fe": {"max": 2}}}, ELEMENTS, "'al_fe', which the catalogue"),
        (catalogue, {"windows": {"snr": {"min": 500}}}, ELEMENTS,
         "sample demo: no star is left after the cut 'S/N >= 500', which took the last 12; widen "
         "samples/demo/cuts/windows/snr; the column runs from 60 to 150"),
        (catalogue, {}, ["fe", "al"], "element 'al' has no column al_fe.* elements are fe, mg, si"),
        (spoiled(si_fe=NAN), {}, ELEMENTS, "'si' has no value for any of the 12 stars"),
        (spoiled(si_fe=-9999.99), {}, ELEMENTS, "column si_fe holds 12 values beyond 10 dex"),
        (spoiled(si_fe_err=-0.1), {}, ELEMENTS, "column si_fe_err holds 12 negative errors"),
        (spoiled(si_fe_err=NAN), {"error_max": 0.1}, ELEMENTS, "errors of 'si'.*gives none"),
        (catalogue, {"error_max": {"al": 0.1}}, ELEMENTS, "cuts/error_max names 'al'"),
        (catalogue, {"error_max": 0.001}, ELEMENTS, "no star is left.*errors <= 0.001 dex"),
        (catalogue, {"errors": {"floor": {"al": 1}}}, ELEMENTS, "cuts/errors/floor names 'al'"),
        (catalogue, {"trends": {"order": 1}}, ELEMENTS, "cuts/trends needs teff.*1 stars lack it"),
        (spoiled(teff=4700.0), {"trends": {"order": 1}}, ["fe", "si"], "trends of si need"),
        (lambda: catalogue().drop(columns=["si_fe_flag"]), {"element_flags": [0]}, ELEMENTS,
         "needs the column si_fe_flag"),
        (lambda: catalogue().drop(columns=["teff"]), {"trends": {"order": 1}}, ELEMENTS,
         "needs teff.*no such column"),
        (lambda: catalogue().iloc[:0], {}, ELEMENTS, "the catalogue has no stars"),
        (lambda: catalogue().iloc[[7, 12]].assign(mg_fe=[NAN, 0.1]), {}, ELEMENTS,
         "no star is left after the cut 'all 3 abundances.*missing are mg 50 %, si 50 %"),
    ],
)  # fmt: skip
def test_what_cannot_be_selected_is_said_in_one_sentence(stage, table, change, elements, sentence):
    with pytest.raises(InputProblem, match=sentence) as caught:
        stage.select(table(), {**PLAIN, **change}, elements=elements)
    assert "\n" not in str(caught.value)


def test_a_members_table_that_matches_no_star(stage):
    with pytest.raises(InputProblem, match=r"after the cut 'cluster members only'.*members table"):
        stage.select(catalogue().assign(cluster=""), PLAIN, keep="members")


def test_unreadable_mask_definitions(stage, tmp_path):
    path = tmp_path / "mask.yaml"
    cuts = {**PLAIN, "masks": {"star": str(path)}, "flags": {"star": ["A"]}}
    with pytest.raises(InputProblem, match=r"mask.yaml: not a readable mask definition"):
        stage.select(catalogue(), cuts)
    path.write_text("bits: {A: 0")
    with pytest.raises(InputProblem, match=r"mask.yaml: not a readable mask definition"):
        stage.select(catalogue(), cuts)


def test_a_space_by_hand(stage, cuts):
    stage.select(catalogue(), cuts)
    space = stage.space(ratio="x_h", scale="error_scaled")
    assert list(space.columns) == ["star_id", "fe_h", "mg_h", "si_h"]
    # errors: fe 0.03; mg hypot(0.04, 0.03) = 0.05; si hypot(0.02, 0.03)
    np.testing.assert_allclose(
        space.iloc[1, 1:].to_numpy(dtype=float),
        [0.02 / 0.03, 0.14 / 0.05, 0.08 / np.hypot(0.02, 0.03)],
    )
    assert space.attrs["dimensions"] == ["fe_h", "mg_h", "si_h"]
    assert space.attrs["divisor"] == pytest.approx([0.03, 0.05, np.hypot(0.02, 0.03)])
    assert space.attrs["centre"] == [0.0, 0.0, 0.0]
    kept = stage.space(ratio="x_h", scale="error_scaled", error_conversion="unchanged")
    assert kept.attrs["divisor"] == pytest.approx([0.03, 0.04, 0.02])


def test_iron_beside_the_elements_converts_the_ratio(stage):
    sample, _ = stage.select(catalogue(), PLAIN, elements=["mg", "si"])
    assert sample.attrs["elements"] == ["mg", "si"]
    assert "fe_h" in sample
    space = stage.space(ratio="x_h")
    assert list(space.columns) == ["star_id", "mg_h", "si_h"]
    np.testing.assert_allclose(space["mg_h"], sample["mg_fe"] + sample["fe_h"], atol=1e-15)
    without = catalogue().drop(columns=["fe_h", "fe_h_err", "fe_h_flag"])
    stage.select(without, PLAIN, elements=["mg", "si"])
    with pytest.raises(InputProblem, match=r"without iron.*add fe"):
        stage.space(ratio="x_h")


def test_the_sentence_of_a_space_names_its_file(stage):
    stage.select(catalogue().assign(si_fe=0.1), PLAIN)
    with pytest.raises(
        InputProblem, match=r"a.parquet, space demo_space: column si_fe holds the same"
    ):
        stage.space(scale="zscore")
