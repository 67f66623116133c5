"""Typeset the paper: every number and figure comes from the run."""

import json
import logging
import shutil
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import typst

from chemtag.base.problems import InputProblem
from chemtag.base.step import run
from chemtag.paper.manuscript import caption_words, check_template, problem_of, split_name

logger = logging.getLogger("chemtag.typeset_manuscript")


def typeset_manuscript(
    template: Path,
    parts: list[Path],
    project: Path,
    numbers: Path,
    figures: list[Path],
    captions: list[Path],
    run: str,
    seed: int,
    permutations: int,
    title: str,
    authors: list[str],
    affiliations: list[str],
    acknowledgements: str,
    samples: list[dict[str, Any]],
    compared_spaces: list[dict[str, Any]],
    content: Path,
    pdf: Path,
) -> None:
    """Write the PDF, and as `content` what the template was given beside the numbers.

    `compared_spaces` are samples in two spaces, described as `samples` are. The typesetter sees
    a folder of copies (`parts`, the PDFs `figures`) only, so the PDF depends on nothing else.
    """
    check_template(template.read_text(encoding="utf-8"), str(template))
    words = {path.stem: path.read_text(encoding="utf-8") for path in captions}
    given = {
        "run": run,
        "seed": seed,
        "version": version_of(project),
        "permutations": permutations,
        "title": title,
        "authors": list(authors),
        "affiliations": list(affiliations),
        "acknowledgements": acknowledgements,
        "samples": list(samples),
        "compared_spaces": list(compared_spaces),
        "figures": {path.stem: caption_of(path.stem, words, samples) for path in figures},
    }
    content.write_text(
        json.dumps(given, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path in parts:
            shutil.copy(path, folder / path.name)
        shutil.copy(template, folder / "paper.typ")
        shutil.copy(numbers, folder / "numbers.json")
        shutil.copy(content, folder / "run.json")
        (folder / "figures").mkdir()
        for path in figures:
            shutil.copy(path, folder / "figures" / path.name)
        try:
            document = typst.compile(
                str(folder / "paper.typ"), root=str(folder), ignore_system_fonts=True
            )
        except typst.TypstError as error:
            raise problem_of(str(error), str(template)) from error
    assert isinstance(document, bytes)
    pdf.write_bytes(document)
    logger.info("%d figures, %d bytes", len(figures), len(document))


def caption_of(figure: str, words: dict[str, str], samples: list[dict[str, Any]]) -> str:
    """Return the caption of a figure of the run, or of one of its samples."""
    blocks = {sample["key"]: sample for sample in samples}
    kind, key = split_name(figure, blocks)
    if kind not in words:
        raise InputProblem(
            f"workflow/report: there is no caption {kind}.rst for a figure {figure}."
        )
    return caption_words(words[kind], blocks.get(key, {}))


def version_of(project: Path) -> str:
    """Return the version of the workflow, from its pyproject.toml."""
    return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])


if __name__ == "__main__":
    run(typeset_manuscript, snakemake)
