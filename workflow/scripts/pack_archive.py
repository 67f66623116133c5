"""Pack the results of a run with its provenance and metadata into one zip file."""

import json
import logging
from pathlib import Path

import yaml

from chemtag.base.problems import InputProblem
from chemtag.base.step import run
from chemtag.report.archive import as_json, files_of_run, listed, pack, ro_crate, zenodo_metadata

logger = logging.getLogger("chemtag")


def pack_archive(provenance: Path, citation: Path, words: Path, made: Path, archive: Path) -> None:
    """Pack the files of the results folder that the run makes; the crate names each of them.

    `made` lists the files of the run, as its jobs were planned.
    """
    folder = provenance.parent
    record = json.loads(provenance.read_text(encoding="utf-8"))
    names, links = files_of_run(folder, listed(made))
    if links:
        raise InputProblem(
            f"{folder}/{links[0]}: is a link to a file elsewhere, which is no result of the run; "
            "remove the link and run the workflow again."
        )
    others = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    if others - set(names):
        logger.info("not packed, as the run does not make them: %s",
                    ", ".join(sorted(others - set(names))))  # fmt: skip
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
