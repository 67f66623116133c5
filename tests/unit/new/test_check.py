"""`chemtag new --check`: what a run would read, drop and doubt, said without one."""

import re

import numpy as np
import pytest
import yaml
from astropy.table import Table

from chemtag.__main__ import main
from chemtag.base.problems import InputProblem
from chemtag.base.tables import read_table
from chemtag.new.check import explain

N = 60


def folder_with_table(folder, **changes):
    """Sixty stars, two of them twice, one without magnesium, two clusters of eight."""
    rng = np.random.default_rng(0)
    table = {"star": [f"S{i:03d}" for i in range(N)]}
    for name in ("fe_h", "mg_fe", "si_fe", "ba_fe"):
        table[name] = rng.normal(0, 0.1, N).round(4)
        table[f"{name}_err"] = np.full(N, 0.02)
    table["mg_fe"][40] = np.nan
    table["cluster"] = ["NGC 1"] * 8 + ["NGC 5"] * 8 + ["Melotte 3"] + ["field"] * (N - 17)
    table["star"][-1] = table["star"][-2]
    Table({**table, **changes}).write(folder / "mine.ecsv")


def config_of(folder):
    return yaml.safe_load((folder / "mine.yaml").read_text())


def add_motions(folder, config):
    """Put motions into the table, and a sample of them, tagged without a truth, into the config."""
    config["samples"]["motion"] = {
        "catalog": "mine", "features": {"astrometry": ["pmra", "pmdec"]}, "truth": "none",
        "spaces": ["error_scaled"], "headline": {"space": "error_scaled"},
        "cuts": {"duplicates": "first"},
    }  # fmt: skip
    table = Table.read(folder / "mine.ecsv")
    for name, power in (("pmra", 1), ("pmdec", 2)):
        table[name], table[f"{name}_error"] = np.linspace(-1, 1, N) ** power, 0.1
    table.write(folder / "mine.ecsv", overwrite=True)


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A folder with a table and the config that `chemtag new` writes of it."""
    folder_with_table(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(["new", "mine.ecsv"]) == 0
    return tmp_path


def test_each_cut_is_counted_and_nothing_is_written(mine, capsys):
    capsys.readouterr()
    before = sorted(mine.iterdir())
    assert main(["new", "--check", "mine.yaml"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "mine.ecsv, 60 rows, abundances as [X/Fe]" in said
    assert "identifier star: 1 rows repeat another one" in said
    assert "mg mg_fe 2% 0.020" in said
    assert "members: 17 stars of 3 clusters (NGC 1 8, NGC 5 8, Melotte 3 1)" in said
    assert "catalogue 0 60 17 3" in said
    assert "duplicates 1 59 17 3" in said
    assert "missing 1 58 17 3 all 4 abundances measured" in said
    assert "17 members of 3 clusters, 2 of them with 4 or more" in said
    assert "headline: euclidean-leaf-mcs3-ms1 in error_scaled" in said
    assert sorted(mine.iterdir()) == before


def test_it_counts_as_the_run_does(mine):
    from chemtag.base.configuration import checked_config
    from chemtag.base.documents import CHECKOUT
    from read_catalog import read_catalog
    from select_stars import select_stars

    config = checked_config(config_of(mine), CHECKOUT / "workflow/schemas/config.schema.yaml")
    sample = config["samples"]["all"]
    made = {name: mine / name for name in ("s.parquet", "m.ecsv", "a.parquet", "f.ecsv")}
    stars, members, abundances, funnel = made.values()
    aliases = CHECKOUT / "resources/clusters/aliases.yaml"
    block = config["catalogs"]["mine"]
    read_catalog(mine / "mine.ecsv", None, aliases, "mine", block, stars, members,
                 asked=sample["elements"])  # fmt: skip
    select_stars(stars, members, abundances, funnel, "all", "all", sample["elements"],
                 sample["cuts"], [])  # fmt: skip
    said = "\n".join(explain(mine / "mine.yaml"))
    rows = re.findall(r"^  \w+ +([\d,]+) +([\d,]+) +([\d,]+) +([\d,]+)  ", said, re.M)
    table = read_table(funnel)
    names = ["stars_lost", "stars_left", "members_left", "clusters_left"]
    assert [tuple(map(int, row)) for row in rows] == list(
        table[names].itertuples(index=False, name=None)
    )


def test_what_the_library_warns_of_is_a_doubt(tmp_path, monkeypatch, capsys):
    codes = np.random.default_rng(1).normal(0, 0.1, N).round(4)
    folder_with_table(tmp_path, ba_fe=codes)
    monkeypatch.chdir(tmp_path)
    main(["new", "mine.ecsv"])
    codes[:9] = 7.77
    (tmp_path / "mine.ecsv").unlink()
    folder_with_table(tmp_path, ba_fe=codes, eu_fe=np.ones(N))
    capsys.readouterr()
    assert main(["new", "--check", "mine.yaml"]) == 0
    heard = capsys.readouterr()
    assert re.search(r"doubt: .*'ba_fe'.* 7\.77", heard.out)
    assert "not used: eu_fe" in heard.out
    assert heard.err == "", "said once"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: c["catalogs"]["mine"]["elements"]["mg"].update(value="mgfe"), "'mgfe'"),
        (lambda c: c["catalogs"]["mine"].update(path="no.fits"), "there is no file no.fits"),
        (lambda c: c["samples"]["all"].update(min_member=3), "did you mean 'min_members'"),
        (lambda c: c["samples"]["all"].update(min_members=30), "the largest has 8"),
        (lambda c: c["samples"]["all"]["cuts"].update(windows={"mg_fe": {"min": 9}}), "no star"),
        (lambda c: c.clear() or c.update(run="mine", samples={"no": {}}), "samples/no"),
    ],
)  # fmt: skip
def test_what_would_stop_the_run_is_one_sentence(change, words, mine, capsys):
    config = config_of(mine)
    change(config)
    (mine / "mine.yaml").write_text(yaml.safe_dump(config))
    capsys.readouterr()
    assert main(["new", "--check", "mine.yaml"]) == 1
    said = capsys.readouterr().err
    assert words in said
    assert said.startswith("chemtag: ")
    assert said.count("\n") == 1


def test_the_table_itself_is_no_config(mine, capsys):
    assert main(["new", "--check", "mine.ecsv"]) == 1
    assert "mine.ecsv: " in capsys.readouterr().err


def test_a_table_without_clusters_is_said_to_have_no_truth(mine, capsys):
    config = config_of(mine)
    del config["catalogs"]["mine"]["members"]
    (mine / "mine.yaml").write_text(yaml.safe_dump(config))
    assert main(["new", "--check", "mine.yaml"]) == 0
    assert "truth: none, as catalogs/mine has no `members`" in capsys.readouterr().out


@pytest.mark.parametrize("stars", ["all", "members"])
def test_a_truth_that_the_run_finds_is_not_counted_before(stars, mine, capsys):
    config = config_of(mine)
    del config["catalogs"]["mine"]["members"]
    chemical = next(iter(config["samples"].values()))
    add_motions(mine, config)
    chemical |= {"truth": {"sample": "motion"}, "stars": stars}
    (mine / "mine.yaml").write_text(yaml.safe_dump(config))
    capsys.readouterr()
    assert main(["new", "--check", "mine.yaml"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "truth: groups found in samples/motion by euclidean-leaf-mcs2-ms1" in said
    assert "missing 1 58 0 0 all 4 abundances measured" in said


def test_a_simulated_run_has_nothing_to_check(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "few.yaml").write_text("run: few\nscore: {permutations: 100}\n")
    assert main(["new", "--check", "few.yaml"]) == 0
    said = capsys.readouterr().out
    assert "run 'few'" in said
    assert "catalogs/survey: simulated after" in said


LISTS = {
    "other": {"members": {"path": "other.csv", "cluster": "Cl", "star_id": "star",
                          "probability": "P"}, "cuts": [0.5, 0.9]},
    "column": {"members": {"cluster": "second"}},
}  # fmt: skip


@pytest.fixture
def listed(mine):
    """The same with two lists beside the truth of a sample of members: a table and a column."""
    stars = Table.read(mine / "mine.ecsv")
    stars["second"] = ["NGC 5"] * 4 + [""] * (N - 4)
    stars.write(mine / "mine.ecsv", overwrite=True)
    other = {"star": [f"S{i:03d}" for i in range(20, 26)], "Cl": ["NGC 9"] * 6}
    Table({**other, "P": [0.6, 0.6, 0.95, 0.95, 0.95, 0.4]}).write(mine / "other.csv")
    config = config_of(mine)
    config["samples"]["all"]["stars"] = "members"
    config["score"] = {**config.get("score", {}), "lists": {"all": LISTS}}
    (mine / "mine.yaml").write_text(yaml.safe_dump(config))
    return mine


def test_lists_are_counted_and_choose_the_stars_of_a_sample_of_members(listed):
    said = " ".join(" ".join(explain(listed / "mine.yaml")).split())
    assert "list other: at 0.5 5 stars of 1 clusters, 1 of which count; at 0.9 3 stars of 1" in said
    assert "list column: 4 stars of 1 clusters, 1 of which count" in said
    assert "22 stars are tagged" in said, "17 members and five that the list names at 0.5"


def test_groups_that_the_run_finds_are_not_counted(listed):
    config = config_of(listed)
    add_motions(listed, config)
    config["score"]["lists"]["all"]["motion"] = {"sample": "motion"}
    (listed / "mine.yaml").write_text(yaml.safe_dump(config))
    said = " ".join(" ".join(explain(listed / "mine.yaml")).split())
    words = "groups found in samples/motion by euclidean-leaf-mcs2-ms1, which the run finds"
    assert f"list motion: {words}: not counted" in said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"path": "no.csv"}, "score/lists/all/other/members: there is no file no.csv"),
        ({"cluster": "clu"}, "'clu'"),
    ],
)
def test_a_list_that_cannot_be_read_is_one_sentence(change, words, listed, capsys):
    config = config_of(listed)
    config["score"]["lists"]["all"]["other"]["members"].update(change)
    (listed / "mine.yaml").write_text(yaml.safe_dump(config))
    assert main(["new", "--check", "mine.yaml"]) == 1
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("centre", [(0.0, 20.0), (120.0, 89.9)])
def test_places_on_the_plane_of_a_cone_are_made_as_the_run_makes_them(tmp_path, centre):
    rng = np.random.default_rng(2)
    table = {"star": [f"S{i}" for i in range(N)]}
    table["ra"] = (centre[0] + rng.normal(0, 0.5, N) / np.cos(np.radians(centre[1]))) % 360
    table["dec"] = np.minimum(centre[1] + rng.normal(0, 0.05, N), 90)
    for name in ("pmra", "pmdec"):
        table[name], table[f"{name}_error"] = rng.normal(0, 3, N), np.full(N, 0.05)
    Table(table).write(tmp_path / "cone.ecsv")
    config = {
        "catalogs": {
            "mine": {
                "kind": "table", "path": str(tmp_path / "cone.ecsv"),
                "columns": {"star_id": "star", "ra": "ra", "dec": "dec"},
            }
        },
        "samples": {
            "all": {
                "catalog": "mine", "features": {"astrometry": ["xi", "eta", "pmra", "pmdec"]},
                "spaces": ["robust"], "headline": {"space": "robust"},
            }
        },
    }  # fmt: skip
    (tmp_path / "cone.yaml").write_text(yaml.safe_dump(config))
    said = "\n".join(explain(tmp_path / "cone.yaml"))
    assert "4 features (xi, eta, pmra, pmdec)" in said
    assert "60 stars are tagged" in said


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ({"cmd": {"samples": {"none": {"star_id": "star", "g": "G", "bp_rp": "C"}}}},
         "cmd/samples names 'none', which is not under samples; there are all"),
        ({"vet": {"samples": ["all"], "data": {"d": {
            "quantity": "other", "star_id": "star", "values": {"x": {"value": "X"}},
            "derived_from": ["spectra"]}}}}, "vet/data/d/values/x has no error"),
    ],
)  # fmt: skip
def test_what_stops_the_plan_of_a_run_stops_the_check(mine, block, words):
    (mine / "mine.yaml").write_text(yaml.safe_dump(config_of(mine) | block))
    with pytest.raises(InputProblem, match=words):
        list(explain(mine / "mine.yaml"))


def test_a_key_that_is_twice_in_a_column_map_is_refused(mine):
    config = config_of(mine)
    block = config["catalogs"]["mine"]
    whole = yaml.safe_dump({key: block.pop(key) for key in ("ratio", "columns", "elements")})
    (mine / "map.yaml").write_text(f"ratio: x_h\n{whole}")
    block["survey"] = "map.yaml"
    (mine / "mine.yaml").write_text(yaml.safe_dump(config))
    with pytest.raises(InputProblem, match=r"map\.yaml: line \d+: key 'ratio' is there already"):
        list(explain(mine / "mine.yaml"))


def test_a_space_that_cannot_be_made_is_said(mine):
    table = Table.read(mine / "mine.ecsv")
    table["mg_fe_err"] = np.nan
    table.write(mine / "mine.ecsv", overwrite=True)
    with pytest.raises(InputProblem, match="samples/all, space error_scaled: column mg_fe_err has"):
        list(explain(mine / "mine.yaml"))


def test_one_cluster_alone_is_doubted(mine):
    table = Table.read(mine / "mine.ecsv")
    table["cluster"][table["cluster"] == "NGC 5"] = "field"
    table.write(mine / "mine.ecsv", overwrite=True)
    assert "doubt: one cluster counts" in "\n".join(explain(mine / "mine.yaml"))
