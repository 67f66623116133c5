"""Write how the run was made, and what each folder of its results holds."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from chemtag.base.step import run
from chemtag.report.archive import files_of_run, listed
from chemtag.report.provenance import provenance_of, readme_of


def write_provenance(
    config: Mapping[str, Any],
    patterns: Sequence[tuple[str, str]],
    checkout: Path,
    benchmarks: Path,
    template: Path,
    words: Path,
    made: Path,
    provenance: Path,
    readme: Path,
) -> None:
    """Write provenance.json and README.md beside the folders of the stages.

    `made` lists the files of the run, as its jobs were planned.
    """
    record = provenance_of(config, checkout.resolve(), Path.cwd(), benchmarks, patterns)
    text = json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False)
    provenance.write_text(text + "\n", encoding="utf-8")
    folder = readme.parent
    names, _ = files_of_run(folder, listed(made))
    stages = {name.split("/")[0] for name in names if "/" in name} | {"report"}
    known = yaml.safe_load(words.read_text(encoding="utf-8"))
    whole = readme_of(template.read_text(encoding="utf-8"), record, sorted(stages), known)
    readme.write_text(whole, encoding="utf-8")


if __name__ == "__main__":
    run(write_provenance, snakemake)
