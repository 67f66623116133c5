"""Runs whose folder is not the checkout, and checkouts in folders of any name."""

import subprocess

import pytest

from checkout import ROOT

TINY = ROOT / "tests" / "data" / "tiny.yaml"
TARGET = "results/tiny/select/idealised.abundances.parquet"


def test_results_go_to_the_folder_asked_for(warm_checkout, tmp_path):
    name = "ann's folder"
    checkout = warm_checkout(name)
    elsewhere = tmp_path / name
    elsewhere.mkdir()
    words = [TARGET, "--cores", "1", "--configfile", TINY, "--directory", elsewhere]
    checkout.snakemake(*words)
    assert (elsewhere / TARGET).is_file()
    assert not (checkout.folder / "results").exists()


@pytest.mark.parametrize(
    ("snakefile", "config"),
    [
        ("Snakefile", []),
        ("workflow/Snakefile", ["--configfile", ROOT / "config" / "forecast.yaml"]),
    ],
)
def test_the_workflow_can_be_named_from_elsewhere(warm_checkout, tmp_path, snakefile, config):
    checkout = warm_checkout("named")
    words = ["-s", checkout.folder / snakefile, "--cores", "1", "--dry-run", "--quiet"]
    run = subprocess.run(
        checkout.command(*words, *config),
        cwd=tmp_path,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:]
