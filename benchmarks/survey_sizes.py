"""Run the whole workflow on simulated surveys of growing size, for the table of resources.

    uv run python benchmarks/survey_sizes.py [--stars 1000 50000 300000] [--cores 2] [TARGET ...]
    uv run python tools/measure_resources.py stars_1000 stars_50000 stars_300000

Each is a run `stars_N` of the shipped sample `field` with N field stars, in its headline space
alone, on a grid of 18 settings, with two draws within the errors and two surrogates of each kind,
one a job. The package hdbscan, which tags reordered rows to show how its groups depend on their
order, takes 20 minutes a fit at 300,000 stars, so it is left out above 100,000.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
SNAKEMAKE = Path(sys.executable).with_name("snakemake")


def config_of(stars: int) -> dict:
    """The shipped survey with `stars` field stars, and everything that grows with them once."""
    shipped = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
    field = shipped["samples"]["field"]
    field["spaces"] = [field["headline"]["space"]]
    field["grid"] |= {"min_cluster_size": [3, 5, 10], "min_samples": [1, 3, 5]}
    permutations = 2 if stars <= 100_000 else 0
    return {
        "run": f"stars_{stars}",
        "seed": shipped["seed"],
        "catalogs": {"survey": shipped["catalogs"]["survey"] | {"n_field": stars}},
        "samples": {"field": field},
        "tag": {"draws": 2, "draws_per_job": 1, "permutations_of_rows": permutations},
        "limits": {"nulls": {"replicates": 2, "replicates_per_job": 1}},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--stars", nargs="+", type=int, default=[1_000, 50_000, 300_000])
    parser.add_argument("--cores", default="2")
    options = parser.parse_args()
    for stars in options.stars:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "config.yaml"
            path.write_text(yaml.safe_dump(config_of(stars)))
            command = [SNAKEMAKE, "--cores", options.cores, "--keep-going", "--nolock"]
            subprocess.run([*command, "--configfile", path, "--", *options.targets], cwd=ROOT)


if __name__ == "__main__":
    main()
