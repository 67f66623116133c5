"""Write ro-crate-metadata.json, the Workflow RO-Crate of the checkout, from what the project says.

    uv run python tools/ro_crate.py

The package roc-validator holds it against the profiles ro-crate-1.1 and workflow-ro-crate-1.0
(CONTRIBUTING.md). It recommends an address of the authors: `website` in CITATION.cff.
"""

import json
import tomllib
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
CRATE = ROOT / "ro-crate-metadata.json"
WORKFLOW = "workflow/Snakefile"
# Documents and folders that a reader of the crate wants to find.
PARTS = {
    WORKFLOW: "The workflow",
    "README.md": "What it answers and how to run it",
    "config/README.md": "Every key of the config",
    "config/config.yaml": "The shipped run: a simulated survey",
    "CITATION.cff": "How to cite it",
    "LICENSE": "MIT licence",
    "docs/story.png": "Recovery fraction of clusters in three samples",
}
FORMATS = {".md": "text/markdown", ".yaml": "application/yaml", ".cff": "application/yaml",
           ".png": "image/png"}  # fmt: skip
BIOSCHEMAS = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
LANGUAGE = "https://w3id.org/workflowhub/workflow-ro-crate#snakemake"


def crate() -> dict[str, Any]:
    """Return the metadata: the workflow, its language and licence, who made it, main files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    makers = [
        {"@id": f"#author-{i}", "@type": "Organization", "name": author["name"]}
        | ({"url": author["website"]} if "website" in author else {})
        for i, author in enumerate(citation["authors"])
    ]
    named = [{"@id": maker["@id"]} for maker in makers]
    made_by = named if len(named) > 1 else named[0]
    licence = {"@id": f"https://spdx.org/licenses/{project['license']}"}
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": citation["title"],
        "description": project["description"],
        "datePublished": "2026-11-29",
        "license": licence,
        "author": made_by,
        "publisher": {"@id": makers[0]["@id"]},
        "mainEntity": {"@id": WORKFLOW},
        "hasPart": [{"@id": path} for path in PARTS],
    }
    return {
        "@context": "https://w3id.org/ro/crate/1.1/context",
        "@graph": [
            {
                "@id": "ro-crate-metadata.json",
                "@type": "CreativeWork",
                "about": {"@id": "./"},
                "conformsTo": [
                    {"@id": "https://w3id.org/ro/crate/1.1"},
                    {"@id": "https://w3id.org/workflowhub/workflow-ro-crate/1.0"},
                ],
            },
            root,
            *(_file(path, words, project, licence, made_by) for path, words in PARTS.items()),
            {
                "@id": LANGUAGE,
                "@type": "ComputerLanguage",
                "name": "Snakemake",
                "alternateName": "SMK",
                "identifier": {"@id": "https://snakemake.github.io"},
                "url": {"@id": "https://snakemake.github.io"},
            },
            {**licence, "@type": "CreativeWork", "name": "MIT License"},
            *makers,
        ],
    }


def _file(
    path: str, words: str, project: dict[str, Any], licence: dict[str, str], makers: Any
) -> dict[str, Any]:
    entry: dict[str, Any] = {"@id": path, "@type": "File", "name": words}
    entry["encodingFormat"] = FORMATS.get(Path(path).suffix, "text/plain")
    if path == "README.md":
        entry["about"] = {"@id": "./"}
    if path == WORKFLOW:
        entry |= {
            "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow"],
            "name": "chemtag",
            "conformsTo": {"@id": BIOSCHEMAS},
            "version": project["version"],
            "programmingLanguage": {"@id": LANGUAGE},
            "license": licence,
            "creator": makers,
        }
    return entry


def text() -> str:
    """Return the file as it is written."""
    return json.dumps(crate(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    CRATE.write_text(text(), encoding="utf-8")
