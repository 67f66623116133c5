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
from chemtag.paper.manuscript import caption_words, check_template, problem_of

logger = logging.getLogger("chemtag.typeset_manuscript")


def typeset_manuscript(
    template: Path,
    parts: list[Path],
    numbers: Path,
    figures: list[Path],
    captions: list[Path],
    run: dict[str, Any],
    content: Path,
    pdf: Path,
) -> None:
    """Write the PDF, and as `content` what the template was given beside the numbers.

    `parts` are files the template reads, `figures` PDFs, `run` holds run, seed, version of the
    workflow, permutations, title, authors and samples. The typesetter sees a folder of copies only,
    so the PDF depends on nothing else.
    """
    check_template(template.read_text(encoding="utf-8"), str(template))
    words = {path.stem: path.read_text(encoding="utf-8") for path in captions}
    given = {**run, "figures": {path.stem: caption_of(path.stem, words, run) for path in figures}}
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


def caption_of(figure: str, words: dict[str, str], run: dict[str, Any]) -> str:
    """Return the caption of a figure of the run, or of one of its samples."""
    keys = sorted((s["key"] for s in run["samples"]), key=len, reverse=True)
    key = next((key for key in keys if figure.endswith(f"_{key}")), "")
    kind = figure.removesuffix(f"_{key}") if key else figure
    if kind not in words:
        raise InputProblem(
            f"workflow/report: there is no caption {kind}.rst for a figure {figure}."
        )
    sample = next((s for s in run["samples"] if s["key"] == key), {})
    return caption_words(words[kind], sample)


def version_of(project: Path) -> str:
    """Return the version of the workflow, from its pyproject.toml."""
    return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])


if __name__ == "__main__":
    from chemtag.base.log import log_to

    with log_to(snakemake.log[0]):
        typeset_manuscript(
            template=Path(snakemake.input.template),
            parts=[Path(snakemake.input.layout), Path(snakemake.input.references)],
            numbers=Path(snakemake.input.numbers),
            figures=[Path(p) for p in snakemake.input.figures],
            captions=[Path(p) for p in snakemake.input.captions],
            run={
                "run": snakemake.params.run,
                "seed": snakemake.params.seed,
                "version": version_of(Path(snakemake.input.project)),
                "permutations": snakemake.params.permutations,
                "title": snakemake.params.title,
                "authors": list(snakemake.params.authors),
                "samples": list(snakemake.params.samples),
            },
            content=Path(snakemake.output.content),
            pdf=Path(snakemake.output.pdf),
        )
