"""The stage `cmd` judges the documented sample; of one of giants it says so at the start."""

import re
from pathlib import Path

import pytest
import yaml

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "cmd.md"
COLUMNS = "source_id,ra,dec,pmra,pmdec,parallax,phot_g_mean_mag,bp_rp,teff,logg"
GRID = {"path": "grid.csv", "log_age": "age", "mh": "mh", "mass": "mass", "g": "g", "bp": "bp",
        "rp": "rp"}  # fmt: skip


def documented() -> dict:
    """The example of docs/cmd.md, with tables that are there."""
    text = re.search(r"```yaml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.S)
    config = yaml.safe_load(text[1])
    config["catalogs"]["gaia"]["path"] = "cone.csv"
    config["cmd"]["isochrones"] = GRID
    return config


@pytest.fixture(scope="module")
def plan(warm_checkout):
    checkout = warm_checkout("diagrams")
    (checkout.folder / "cone.csv").write_text(f"{COLUMNS}\n1,10,20,1,1,1,15,1,5000,3\n")
    (checkout.folder / "grid.csv").write_text("age,mh,mass,g,bp,rp\n8,0,1,4,4,3\n")

    def planned(config, check=True):
        path = checkout.folder / "my.yaml"
        path.write_text(yaml.safe_dump(config))
        words = ("cmd", "vet", "--dry-run", "--cores", "1", "--configfile", path)
        return checkout.snakemake(*words, check=check).stdout

    return planned


def test_the_example_of_the_documents_is_judged(plan):
    said = plan(documented())
    assert "judge_diagrams" in said
    assert "cannot tell" not in said
    # Diagrams alone vet, so the sheets are made and show them.
    sheets = said[said.index("plot_vet_sheets:") :].split("output:")[0]
    assert "results/cone/cmd/cone.points.parquet" in sheets


def test_a_sample_of_giants_is_known_before_the_first_job(plan):
    config = documented()
    config["catalogs"]["gaia"]["columns"] |= {"teff": "teff", "logg": "logg"}
    config["samples"]["cone"]["cuts"]["windows"]["logg"] = {"max": 3.5}
    said = plan(config)
    assert "cmd/samples/cone: stars were chosen by windows/logg (cuts)" in said
    assert said.index("cannot tell") < said.index("judge_diagrams")


def test_a_parallax_that_made_the_groups_is_refused_before_the_first_job(plan):
    config = documented()
    config["cmd"]["samples"]["cone"]["parallax"] = "parallax"
    said = plan(config, check=False)
    assert "config: cmd/samples/cone/parallax sets the distance of diagrams" in said
    assert "judge_diagrams" not in said
