"""The archive of a run: one zip of its results with metadata for people and machines.

RO-Crate 1.1 (Soiland-Reyes et al. 2022, Data Science 5, 97): a JSON-LD file that names every file
of the archive; `.zenodo.json` as Zenodo reads it.
"""

import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from chemtag.base.problems import InputProblem

CONTEXT = "https://w3id.org/ro/crate/1.1/context"
PROFILE = "https://w3id.org/ro/crate/1.1"
# A zip file cannot hold an earlier date; equal results give equal archives.
DATE = (1980, 1, 1, 0, 0, 0)
FORMATS = {
    ".ecsv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".tex": "application/x-tex",
    ".html": "text/html",
    ".md": "text/markdown",
    ".mrt": "text/plain",
    ".fits": "application/fits",
    ".vot": "application/x-votable+xml",
}
# Packed already; deflating them again takes time and gains nothing.
PACKED = {".parquet", ".png", ".pdf", ".gz", ".zip"}
SPDX = {"MIT": "https://spdx.org/licenses/MIT"}


def title_of(run: str) -> str:
    """Return the title of the archive of a run."""
    return f"chemtag run {run}: chemical tagging of stars, results and provenance"


def description_of(record: Mapping[str, Any]) -> str:
    """Return one paragraph on the run, from its provenance."""
    code = record["code"]
    commit = f"commit {code['commit']}" if code["commit"] else f"code of SHA-256 {code['sha256']}"
    if code["dirty"]:
        commit += " with changes that were not committed"
    return (
        f"Results of the run {record['run']} of chemtag ({commit}, seed {record['seed']['seed']}): "
        "tables, figures, numbers with intervals and chance levels, an interactive page "
        "(report/index.html), and how all of it was made (provenance.json)."
    )


def ro_crate(
    record: Mapping[str, Any],
    citation: Mapping[str, Any],
    sizes: Mapping[str, int],
    folders: Mapping[str, str],
) -> dict[str, Any]:
    """Return the RO-Crate metadata of a run: every file, the workflow, the run as an action.

    `record` is the provenance, `citation` the CITATION.cff, `sizes` the bytes of each file by its
    path in the archive, `folders` what each folder holds. The crate bears the day of the commit, so
    that equal results give equal archives; without git that of `date-released` in the citation,
    and none if it has none.
    """
    parts = sorted({name.split("/")[0] + "/" for name in sizes if "/" in name})
    top = sorted(name for name in sizes if "/" not in name)
    authors = [author_entity(i, author) for i, author in enumerate(citation["authors"])]
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": title_of(record["run"]),
        "description": description_of(record),
        "license": {"@id": SPDX[citation["license"]]},
        "author": linked([author["@id"] for author in authors]),
        "hasPart": linked([*parts, *top]),
        "mentions": linked(["#run"]),
    }
    day = record["code"]["date"] or citation.get("date-released")
    if day:
        root["datePublished"] = str(day)
    workflow = {
        "@id": "#chemtag",
        "@type": ["SoftwareSourceCode", "SoftwareApplication"],
        "name": citation["title"],
        "version": f"{citation['version']}, {record['code']['commit'] or record['code']['sha256']}",
        "programmingLanguage": "Snakemake",
        "license": {"@id": SPDX[citation["license"]]},
    }
    run = {
        "@id": "#run",
        "@type": "CreateAction",
        "name": f"run {record['run']}",
        "instrument": {"@id": "#chemtag"},
        "result": {"@id": "./"},
        "description": "Config, data, versions, time and memory are in provenance.json.",
    }
    descriptor = {
        "@id": "ro-crate-metadata.json",
        "@type": "CreativeWork",
        "conformsTo": {"@id": PROFILE},
        "about": {"@id": "./"},
    }
    licence = {
        "@id": SPDX[citation["license"]],
        "@type": "CreativeWork",
        "name": citation["license"],
    }
    contents = folder_entities(sizes, folders) + [file_entity(k, sizes[k]) for k in sorted(sizes)]
    graph = [descriptor, root, *authors, licence, workflow, run, *contents]
    return {"@context": CONTEXT, "@graph": graph}


def linked(names: list[str]) -> Any:
    """Return links to entities of the crate; one alone is no list, as compact JSON-LD asks."""
    links = [{"@id": name} for name in names]
    return links[0] if len(links) == 1 else links


def folder_entities(sizes: Mapping[str, int], folders: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the folders of the archive as entities of the crate, each with all files below it."""
    return [
        {
            "@id": part,
            "@type": "Dataset",
            "name": part.rstrip("/"),
            "description": folders.get(part.rstrip("/"), "results"),
            "hasPart": linked([name for name in sorted(sizes) if name.startswith(part)]),
        }
        for part in sorted({name.split("/")[0] + "/" for name in sizes if "/" in name})
    ]


def author_entity(place: int, author: Mapping[str, Any]) -> dict[str, Any]:
    """Return an author of the citation as an entity of the crate."""
    kind = "Organization" if "name" in author else "Person"
    orcid = author.get("orcid", "")
    entity = {"@id": orcid or f"#author-{place + 1}", "@type": kind, "name": author_name(author)}
    return entity | ({"url": author["website"]} if "website" in author else {})


def author_name(author: Mapping[str, Any]) -> str:
    """Return `Family, Given` of a person or the name of a group."""
    if "name" in author:
        return str(author["name"])
    return ", ".join(str(author[k]) for k in ("family-names", "given-names") if k in author)


def file_entity(name: str, size: int) -> dict[str, Any]:
    """Return a file of the archive as an entity of the crate."""
    entity = {
        "@id": name,
        "@type": "File",
        "name": name.rsplit("/", 1)[-1],
        "contentSize": str(size),
    }
    kind = FORMATS.get("." + name.rsplit(".", 1)[-1])
    return {**entity, "encodingFormat": kind} if kind else entity


def zenodo_metadata(record: Mapping[str, Any], citation: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metadata of a deposit as Zenodo takes it; a user mends creators and licence."""
    return {
        "title": title_of(record["run"]),
        "upload_type": "dataset",
        "description": f"<p>{description_of(record)}</p>",
        "creators": [{"name": author_name(author)} for author in citation["authors"]],
        "license": citation["license"].lower(),
        "keywords": ["chemical tagging", "open clusters", "stellar abundances", "Snakemake"],
        "related_identifiers": [
            {
                "identifier": reference["doi"],
                "relation": "cites",
                "resource_type": "publication-article",
            }
            for reference in citation.get("references", [])
            if "doi" in reference
        ],
    }


def listed(made: Path) -> list[str]:
    """Return the files of a run; raise `InputProblem` where their list is not there or whole."""
    try:
        return json.loads(made.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise InputProblem(
            f"{made}: the list of the files of the run is not there or not whole; Snakemake writes "
            "it when it starts, unless it is told --no-hooks: run the same command without that."
        ) from None


def files_of_run(folder: Path, listed: Iterable[str | Path]) -> tuple[list[str], list[str]]:
    """Return those of the `listed` files that lie in `folder`, and those that are links elsewhere.

    Names relative to `folder`, sorted. Files that are not there any more are left out. What lies in
    `folder` but is not listed is of an earlier config, or no result; what a link leads to was not
    made by the run.
    """
    own: list[str] = []
    links: list[str] = []
    whole = folder.resolve()
    for path in map(Path, listed):
        if not path.is_relative_to(folder) or not path.is_file():
            continue
        name = path.relative_to(folder).as_posix()
        (own if path.resolve() == whole / name else links).append(name)
    return sorted(set(own)), sorted(set(links))


def pack(
    archive: Path, folder: Path, names: Iterable[str], texts: Mapping[str, str], top: str
) -> None:
    """Write a zip of files of a folder and further texts, all under one folder `top`.

    Sorted by name, with one fixed date and the same rights: equal contents give equal bytes.
    """
    entries: dict[str, Path | str] = {name: folder / name for name in names}
    entries |= dict(texts)
    with zipfile.ZipFile(archive, "w") as target:
        for name in sorted(entries):
            info = zipfile.ZipInfo(f"{top}/{name}", date_time=DATE)
            info.external_attr = 0o100644 << 16
            stored = Path(name).suffix in PACKED
            info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            content = entries[name]
            data = content.encode("utf-8") if isinstance(content, str) else content.read_bytes()
            target.writestr(info, data)


def as_json(document: Mapping[str, Any]) -> str:
    """Return JSON for people to read."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
