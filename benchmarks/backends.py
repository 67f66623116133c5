"""Compare the groups of the exact core with those of the package hdbscan, space by space.

    uv run python benchmarks/backends.py results/shipped/space/*.parquet --setting leaf 5 3

The package breaks ties by the order of the rows, so the yardstick of a difference between the two
is the difference of the package to itself on one permutation of the rows. Prints a Markdown table.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

from chemtag.base.seeds import generator_for
from chemtag.base.tables import read_table
from chemtag.tag.density import cluster, reference_cluster
from chemtag.tag.density.reference import fraction_changed


def agreement(one: NDArray[np.int32], other: NDArray[np.int32]) -> str:
    """Groups of the second labelling, adjusted Rand index, share of stars in another group."""
    from sklearn.metrics import adjusted_rand_score

    index, changed = adjusted_rand_score(one, other), fraction_changed(one, other)
    return f"{other.max() + 1} | {index:.4f} | {changed:.2%}"


def rows(paths: list[Path], setting: tuple[int, int, str]) -> Iterator[str]:
    """Yield the table, a row a space."""
    yield (
        "| space | stars | exact: groups | hdbscan: groups | ARI | stars changed "
        "| hdbscan on permuted rows: groups | ARI | stars changed |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for path in paths:
        values = read_table(path, "space").drop(columns="star_id").to_numpy(np.float64)
        exact = cluster(values, *setting).labels
        package = reference_cluster(values, *setting).labels
        order = generator_for(1, "backends").permutation(len(values))
        permuted = np.empty_like(package)
        permuted[order] = reference_cluster(values[order], *setting).labels
        yield (
            f"| {path.stem} | {len(values)} | {exact.max() + 1} | {agreement(exact, package)} "
            f"| {agreement(package, permuted)} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("spaces", nargs="+", type=Path)
    parser.add_argument(
        "--setting",
        nargs=3,
        default=["leaf", "5", "3"],
        metavar=("METHOD", "MIN_CLUSTER_SIZE", "MIN_SAMPLES"),
    )
    arguments = parser.parse_args()
    method, size, samples = arguments.setting
    for line in rows(arguments.spaces, (int(size), int(samples), method)):
        print(line, flush=True)


if __name__ == "__main__":
    main()
