"""Write the tables of the docs that show the shipped run, from the run's own tables.

    uv run python tools/shipped_tables.py [results/shipped]

Each stands in docs/ between `<!-- shipped: name -->` and `<!-- end -->`; nobody edits it by hand.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from chemtag.base.tables import read_table

DOCS = Path(__file__).resolve().parents[1] / "docs"
SAMPLES = {
    "idealised": "ideal sample",
    "clusters": "clusters only",
    "field": "clusters in the field",
}
RULES = {
    "headline": "headline, named in the config",
    "stability": "stability",
    "persistence": "persistence",
    "relative_validity": "relative validity",
    "dbcv": "DBCV",
    "silhouette": "silhouette",
    "nested": "nested, all spaces",
    "oracle": "oracle, all spaces",
    "optimism": "optimism",
}
NULLS = ("shuffled", "strangers", "smooth", "members_permuted", "stars_permuted", "blurred")


def markdown(header: list[str], rows: list[list[str]]) -> str:
    """Return a table of Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def ranged(value: float, low: float, high: float) -> str:
    """Return a number and its ends, or a dash where it has none."""
    if pd.isna(value):
        return "–"
    return f"{value:.2f}" + ("" if pd.isna(low) or low == high else f" ({low:.2f} to {high:.2f})")


def tuning(results: Path) -> str:
    """RF40 of what each rule chooses, with 68 % intervals."""
    found = {
        sample: read_table(results / f"limits/{sample}.tuning.ecsv", "tuning").set_index("rule")
        for sample in SAMPLES
    }
    rows = []
    for rule, words in RULES.items():
        cells = [
            ranged(*table.loc[rule, ["rf40", "low", "high"]])
            if rule in table.index
            else "undefined"
            for table in found.values()
        ]
        rows.append([words, *cells])
    return markdown(["rule", *SAMPLES.values()], rows)


def nulls(results: Path) -> str:
    """RF40 of the headline, and mean, 95 % band and p of each null."""
    rows = []
    for sample, words in SAMPLES.items():
        table = read_table(results / f"limits/{sample}.nulls.ecsv", "nulls")
        chosen = (table["metric"] == "rf40") & (table["role"] == "headline")
        by_null = table[chosen].set_index("null")
        cells = []
        for null in NULLS:
            row = by_null.loc[null]
            band = ranged(row["null_mean"], row["null_low"], row["null_high"])
            cells.append(band + ("" if pd.isna(row["p_value"]) else f", p {row['p_value']:.3f}"))
        rows.append([words, f"{by_null['value'].iloc[0]:.2f}", *cells])
    return markdown(["sample", "value", *(null.replace("_", " ") for null in NULLS)], rows)


TABLES: dict[str, Callable[[Path], str]] = {"tuning": tuning, "nulls": nulls}


def main(results: Path) -> None:
    """Rewrite every marked table of docs/."""
    for page in sorted(DOCS.rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        for name, table_of in TABLES.items():
            marked = re.compile(rf"(<!-- shipped: {name} -->\n).*?(<!-- end -->)", re.S)
            if marked.search(text):
                written = table_of(results)
                text = marked.sub(lambda part, new=written: f"{part[1]}\n{new}\n\n{part[2]}", text)
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("results/shipped"))
