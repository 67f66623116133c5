"""Pack the results of a run with its provenance and metadata into one zip file."""

import json
import logging
from pathlib import Path

import yaml

from chemtag.base.problems import InputProblem
from chemtag.base.step import run
from chemtag.report.archive import as_json, pack, ro_crate, zenodo_metadata

logger = logging.getLogger("chemtag")


def pack_archive(provenance: Path, citation: Path, words: Path, archive: Path) -> None:
    """Pack every file of the results folder; the crate names each of them."""
    folder = provenance.parent
    record = json.loads(provenance.read_text(encoding="utf-8"))
    names = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    )
    if not names:
        raise InputProblem(f"{folder}: there is nothing to pack; run the workflow first.")
    cited = yaml.safe_load(citation.read_text(encoding="utf-8"))
    sizes = {name: (folder / name).stat().st_size for name in names}
    folders = yaml.safe_load(words.read_text(encoding="utf-8"))
    texts = {
        "ro-crate-metadata.json": as_json(ro_crate(record, cited, sizes, folders)),
        ".zenodo.json": as_json(zenodo_metadata(record, cited)),
    }
    pack(archive, folder, names, texts, f"chemtag-{record['run']}")
    logger.info("%d files, %.1f MB in %s", len(names), archive.stat().st_size / 1e6, archive)


if __name__ == "__main__":
    run(pack_archive, snakemake)
