"""`chemtag new`: tables as surveys and papers write them become configs that the schema accepts."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from astropy.table import Table

from chemtag.__main__ import main
from chemtag.base.configuration import checked_config
from chemtag.base.problems import InputProblem
from chemtag.new.look import look_at
from chemtag.new.suggest import suggest

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
N = 60


def columns(spelling, errors=True, n=N):
    """A small table: four elements, spelt by `spelling` (element -> name of value and error)."""
    rng = np.random.default_rng(0)
    table = {}
    for element in ("fe", "mg", "si", "ba"):
        value, error = spelling(element)
        table[value] = rng.normal(0, 0.1, n).round(4)
        if errors:
            table[error] = np.full(n, 0.02) + rng.uniform(0, 0.01, n).round(4)
    return table


def ratio(element):
    return "h" if element == "fe" else "fe"


SPELLINGS = {
    "apogee.fits": (
        "APOGEE_ID",
        lambda e: (f"{e.upper()}_{ratio(e).upper()}", f"{e.upper()}_{ratio(e).upper()}_ERR"),
    ),
    "galah.fits": ("sobject_id", lambda e: (f"{e}_{ratio(e)}", f"e_{e}_{ratio(e)}")),
    "vizier.csv": (
        "Name",
        lambda e: (f"[{e.title()}/{ratio(e).title()}]", f"e_[{e.title()}/{ratio(e).title()}]"),
    ),
    "topcat.vot": ("source_id", lambda e: (f"{e.title()}_H", f"e_{e.title()}_H")),
    "mine.ecsv": ("star", lambda e: (f"{e}_{ratio(e)}", f"{e}_{ratio(e)}_err")),
    "paper.mrt": ("Star", lambda e: (f"{e.title()}_{ratio(e)}", f"e_{e.title()}_{ratio(e)}")),
}
FORMATS = {".fits": "fits", ".csv": "csv", ".vot": "votable", ".ecsv": "ascii.ecsv",
           ".mrt": "ascii.mrt"}  # fmt: skip


def written(folder, name, **changes):
    star, spelling = SPELLINGS[name]
    cluster = np.array(["NGC 1"] * 8 + ["M 2"] * 8 + ["field"] * (N - 16))
    table = {star: [f"S{i:03d}" for i in range(N)], **columns(spelling), "cluster": cluster}
    path = folder / name
    Table({**table, **changes}).write(path, format=FORMATS[path.suffix])
    return path


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_table_becomes_a_config_that_needs_no_edit(name, tmp_path, monkeypatch, capsys):
    path = written(tmp_path, name)
    monkeypatch.chdir(tmp_path)
    assert main(["new", name, "-o", "my.yaml"]) == 0
    config = checked_config(yaml.safe_load((tmp_path / "my.yaml").read_text()), SCHEMA)
    block = config["catalogs"]["mine"]
    assert block["columns"]["star_id"] == SPELLINGS[name][0]
    assert set(block["elements"]) == {"fe", "mg", "si", "ba"}
    assert all("error" in entry for entry in block["elements"].values())
    assert block["ratio"] == ("x_h" if name == "topcat.vot" else "x_fe")
    assert block["members"]["cluster"] == "cluster"
    assert "field" in block["members"]["field_values"]
    said = capsys.readouterr().out
    assert "60 rows" in said
    assert "2 clusters: NGC 1 8, M 2 8" in said
    assert path.name in (tmp_path / "my.yaml").read_text()


def test_a_config_is_not_overwritten_unasked(tmp_path, monkeypatch, capsys):
    written(tmp_path, "mine.ecsv")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text("run: kept\n")
    assert main(["new", "mine.ecsv"]) == 1
    assert "--force" in capsys.readouterr().err
    assert (tmp_path / "mine.yaml").read_text() == "run: kept\n"
    assert main(["new", "mine.ecsv", "--force"]) == 0


def test_what_is_doubtful_is_said(tmp_path):
    codes = columns(SPELLINGS["mine.ecsv"][1])["mg_fe"]
    codes[:9] = 7.77
    one = np.array(["S000"] * 2 + [f"S{i:03d}" for i in range(2, N)])
    seen = look_at(written(tmp_path, "mine.ecsv", mg_fe=codes, star=one, age=np.ones(N)))
    said = " ".join(seen.doubts)
    assert "'mg_fe' holds exactly 7.77 in 9 rows" in said
    assert "1 rows repeat an identifier" in said
    assert seen.elements["mg"].codes == (7.77,)
    assert seen.elements["mg"].missing == pytest.approx(9 / N)


def test_choices_have_their_reasons(tmp_path):
    rng = np.random.default_rng(1)
    sparse = np.where(np.arange(N) < 20, np.nan, rng.normal(0, 0.1, N))
    path = written(
        tmp_path, "mine.ecsv", c_fe=rng.normal(0, 0.1, N), eu_fe=sparse, zn_fe=np.zeros(N)
    )
    chosen = suggest(look_at(path))
    assert chosen.elements == ("fe", "mg", "si", "ba")
    assert "dredge-up" in chosen.left_out["c"]
    assert chosen.left_out["eu"] == "missing for 33% of the stars"
    assert chosen.left_out["zn"] == "the same for every star"
    assert chosen.spaces[0] == "error_scaled"


def test_a_table_without_clusters_gets_a_config_without_members(tmp_path, monkeypatch):
    path = tmp_path / "plain.csv"
    Table({"id": np.arange(N), **columns(SPELLINGS["mine.ecsv"][1], errors=False)}).write(path)
    monkeypatch.chdir(tmp_path)
    assert main(["new", "plain.csv"]) == 0
    text = (tmp_path / "plain.yaml").read_text()
    config = yaml.safe_load(text)
    assert "members" not in config["catalogs"]["mine"]
    config = checked_config(config, SCHEMA)
    assert config["samples"]["all"]["headline"]["space"] == "raw"


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"mg_fe": np.ones(5), "fe_h": np.ones(5)}, "no column looks like a star identifier"),
        ({"star_id": list("abcde"), "x": np.ones(5)}, "no column looks like an abundance"),
        ({"star_id": list("abcde"), "A(Mg)": np.ones(5), "A(Fe)": np.ones(5)}, "log epsilon"),
        ({"id": list("abcde"), "mg_fe": list("vwxyz"), "fe_h": np.ones(5)}, "expected a number"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_used_says_why(table, words, tmp_path):
    path = tmp_path / "bad.ecsv"
    Table(table).write(path)
    with pytest.raises(InputProblem, match=words):
        look_at(path)


def test_a_missing_file_is_one_sentence(tmp_path, capsys):
    assert main(["new", str(tmp_path / "none.fits")]) == 1
    assert "there is no such file" in capsys.readouterr().err


def labelled(folder, labels):
    """What is seen of a table with these labels of clusters."""
    table = columns(SPELLINGS["galah.fits"][1])
    path = folder / "labels.csv"
    Table({"star_id": [f"s{i}" for i in range(N)], **table, "cluster": labels}).write(path)
    return look_at(path)


def test_group_0_beside_noise_of_minus_1_is_a_cluster(tmp_path):
    seen = labelled(tmp_path, np.repeat([-1, 0, 1, 2, 3, 4], 10))
    assert seen.clusters["0"] == 10
    assert seen.field_words == ("-1",)
    assert not [doubt for doubt in seen.doubts if "field" in doubt]


def test_a_word_that_may_mean_the_field_is_doubted(tmp_path):
    seen = labelled(tmp_path, np.repeat([0, 1, 2, 3, 4, 5], 10))
    assert seen.field_words == ("0",)
    assert any("'0' of 'cluster' (10 rows) is taken as the field" in d for d in seen.doubts)


@pytest.mark.parametrize("word", ["FIELD STAR", "non-member", "Unclustered"])
def test_words_for_the_field_are_those_of_the_run(tmp_path, word):
    labels = np.array([*np.repeat(["A 1", "B 2", "C 3"], 10), *[word] * 30])
    seen = labelled(tmp_path, labels)
    assert seen.field_words == (word,)
    assert sorted(seen.clusters) == ["A 1", "B 2", "C 3"]


@pytest.mark.parametrize("n", [0, 1])
def test_a_table_of_one_row_or_none_is_refused(tmp_path, n):
    table = columns(SPELLINGS["galah.fits"][1], n=n)
    Table({"star_id": [f"s{i}" for i in range(n)], **table}).write(tmp_path / "few.csv")
    with pytest.raises(InputProblem, match=f"few.csv: the table has {n} rows, expected stars"):
        look_at(tmp_path / "few.csv")
