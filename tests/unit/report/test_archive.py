"""The archive of a run: equal bytes, every file named, metadata that say the truth."""

import json
import zipfile
from pathlib import Path

import pytest
import yaml

from chemtag.base.problems import InputProblem
from chemtag.report.archive import (
    as_json,
    file_entity,
    files_of_run,
    listed,
    pack,
    ro_crate,
    zenodo_metadata,
)

ROOT = Path(__file__).resolve().parents[3]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text())
RECORD = {
    "run": "mine",
    "seed": {"seed": 7},
    "code": {"commit": "a" * 40, "date": "2026-01-31", "dirty": True, "sha256": "b" * 64},
}
SIZES = {"README.md": 5, "provenance.json": 9, "tag/a.parquet": 100, "paper/figures/x.png": 3}


def test_the_crate_follows_the_rules_of_ro_crate_1_1():
    crate = ro_crate(RECORD, CITATION, SIZES, {"tag": "groups"})
    assert crate["@context"] == "https://w3id.org/ro/crate/1.1/context"
    entities = {entity["@id"]: entity for entity in crate["@graph"]}
    assert len(entities) == len(crate["@graph"]), "identifiers are unique"
    descriptor = entities["ro-crate-metadata.json"]
    assert descriptor["about"] == {"@id": "./"}
    assert descriptor["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    for key in ("name", "description", "license", "datePublished", "hasPart"):
        assert entities["./"][key]
    assert entities["./"]["datePublished"] == "2026-01-31", "the day of the commit"

    def references(value):
        if isinstance(value, dict):
            if set(value) == {"@id"}:
                yield value["@id"]
            for child in value.values():
                yield from references(child)
        elif isinstance(value, list):
            for child in value:
                yield from references(child)

    outside = {"https://w3id.org/ro/crate/1.1"}
    assert set(references(crate["@graph"])) - set(entities) == outside
    reached, todo = set(), ["./"]
    while todo:
        for part in references(entities[todo.pop()].get("hasPart", [])):
            reached.add(part)
            todo.append(part)
    assert set(SIZES) <= reached, "every file is part of the crate"
    for name, size in SIZES.items():
        assert entities[name]["@type"] == "File"
        assert entities[name]["contentSize"] == str(size)
    assert entities["tag/"]["description"] == "groups"
    assert "changes that were not committed" in entities["./"]["description"]


def test_the_crate_has_what_the_validator_recommends():
    author = {"name": "a group", "website": "https://example.org"}
    sizes = {**SIZES, "paper/tables/a.mrt": 4, "vet/a/catalogue.vot": 4}
    crate = ro_crate(RECORD, {**CITATION, "authors": [author]}, sizes, {})
    alone = [
        (entity["@id"], key)
        for entity in crate["@graph"]
        for key, value in entity.items()
        if isinstance(value, list) and len(value) == 1
    ]
    assert alone == [], "compact JSON-LD has no lists of one"
    entities = {entity["@id"]: entity for entity in crate["@graph"]}
    assert entities[entities["./"]["author"]["@id"]]["url"] == "https://example.org"
    assert all("encodingFormat" in entities[name] for name in sizes)


def test_without_git_the_day_is_that_of_the_release():
    record = {**RECORD, "code": {**RECORD["code"], "date": None}}
    released = {**CITATION, "date-released": "2026-02-03"}
    for citation, day in ((released, "2026-02-03"), (CITATION, None)):
        crate = ro_crate(record, citation, SIZES, {})
        root = next(entity for entity in crate["@graph"] if entity["@id"] == "./")
        assert root.get("datePublished") == day


def test_a_file_of_an_unknown_kind_has_no_format():
    assert "encodingFormat" not in file_entity("a/b.xyz", 1)
    assert file_entity("a/b.ecsv", 1)["encodingFormat"] == "text/csv"


def test_zenodo_gets_title_creators_licence_and_what_is_cited():
    found = zenodo_metadata(RECORD, CITATION)
    assert found["upload_type"] == "dataset"
    assert found["license"] == "mit"
    assert found["creators"] == [{"name": "the chemtag authors"}]
    assert found["related_identifiers"][0]["identifier"] == "10.1051/0004-6361/202141779"
    person = {**CITATION, "authors": [{"family-names": "Payne", "given-names": "Cecilia"}]}
    assert zenodo_metadata(RECORD, person)["creators"] == [{"name": "Payne, Cecilia"}]


def test_equal_files_give_equal_archives_whatever_their_dates(tmp_path):
    digests = []
    for name, order in (("one", ["b.json", "a.png"]), ("two", ["a.png", "b.json"])):
        folder = tmp_path / name
        folder.mkdir()
        for file in order:
            (folder / file).write_bytes(file.encode() * 50)
        archive = tmp_path / f"{name}.zip"
        pack(archive, folder, order, {"ro-crate-metadata.json": as_json({"x": "é"})}, "top")
        digests.append(archive.read_bytes())
    assert digests[0] == digests[1]
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.namelist() == ["top/a.png", "top/b.json", "top/ro-crate-metadata.json"]
        assert archive.testzip() is None
        assert {info.date_time[0] for info in archive.infolist()} == {1980}
        assert json.loads(archive.read("top/ro-crate-metadata.json")) == {"x": "é"}


def test_only_what_the_run_makes_is_packed(tmp_path):
    folder = tmp_path / "results" / "mine"
    (folder / "tag").mkdir(parents=True)
    for name in ("tag/a.parquet", "tag/stale.parquet", "notes.txt", ".hidden", "tag/b.parquet"):
        (folder / name).write_text(name)
    (tmp_path / "secret").write_text("s")
    (folder / "tag" / "link.parquet").symlink_to(tmp_path / "secret")
    (folder / "elsewhere").symlink_to(tmp_path)
    listed = [folder / name for name in ("tag/b.parquet", "tag/a.parquet", "tag/gone.parquet")]
    listed += [folder / "tag/link.parquet", folder / "elsewhere/secret", tmp_path / "secret"]
    names, links = files_of_run(folder, listed)
    assert names == ["tag/a.parquet", "tag/b.parquet"]
    assert links == ["elsewhere/secret", "tag/link.parquet"]
    moved = tmp_path / "disk"
    folder.rename(moved)
    folder.symlink_to(moved)
    assert files_of_run(folder, listed)[0] == names, "the whole folder may be a link"


@pytest.mark.parametrize("text", [None, "", '["results/a'])
def test_a_run_without_hooks_is_told_in_one_sentence(tmp_path, text):
    made = tmp_path / "files_of_run.json"
    if text is not None:
        made.write_text(text)
    with pytest.raises(InputProblem, match=f"{made}: .*--no-hooks: run the same command without"):
        listed(made)


def test_a_licence_without_an_address_is_an_error_that_names_it():
    with pytest.raises(KeyError, match="GPL"):
        ro_crate(RECORD, {**CITATION, "license": "GPL-9"}, SIZES, {})
