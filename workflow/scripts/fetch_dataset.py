"""Bring one public dataset to its place and verify it, fetched or placed by hand."""

import json
from collections.abc import Mapping
from pathlib import Path

from chemtag.base.files import write_whole
from chemtag.base.step import run
from chemtag.fetch.datasets import Row
from chemtag.fetch.fetching import fetch


def fetch_dataset(record: Path, dataset: str, row: Row, mirrors: Mapping[str, str]) -> None:
    """Fetch or verify the file beside `record`, then write what is known of it to `record`."""
    facts = fetch(dataset, row, record.parent.parent, mirrors)
    about = {key: row[key] for key in ("release", "licence", "citation")}
    write_whole(record, json.dumps({**facts, **about}, indent=2) + "\n")


if __name__ == "__main__":
    run(fetch_dataset, snakemake)
