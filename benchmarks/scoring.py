"""CPU time and memory of scoring one setting: sparse counts against dense ones.

    uv run python benchmarks/scoring.py
    uv run python benchmarks/scoring.py --clusters 2000 --groups 20000 --members 5 --peak

Groups are made up: a share of the stars is noise, the others fall into groups at random; members
are so many a cluster. Each way runs in a process of its own; `--peak` runs the way of the workflow
alone in this process and prints its peak of memory in MB last.
"""

import argparse
import multiprocessing
import resource
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

from chemtag.score import agreement_scores, cluster_matches, contingency, scores_of_counts
from chemtag.score.evaluation import chance_of, evaluate
from chemtag.score.nulls import permutation_draws, permuted_clusters
from chemtag.select.truth import Truth, truth_of


def survey(
    n_stars: int, n_clusters: int, n_members: int, n_groups: int, noise: float
) -> tuple[np.ndarray, Truth]:
    """Groups (n_stars,), -1 = noise, and the truth of made-up stars."""
    rng = np.random.default_rng(1)
    labels = np.full(n_stars, "", dtype=object)
    members = rng.permutation(n_stars)[: n_clusters * n_members]
    labels[members] = np.repeat([f"c{c:05d}" for c in range(n_clusters)], n_members)
    groups = rng.integers(0, n_groups, n_stars)
    groups[rng.random(n_stars) < noise] = -1
    return groups, truth_of(labels, 2)


def timed(sparse: bool, groups: np.ndarray, truth: Truth, n_permutations: int) -> list[float]:
    """CPU seconds of permutations and of the jackknife, and the peak of memory in MB."""
    eligible, seconds = truth.eligible, []
    rng = np.random.default_rng(2)
    permuted = permuted_clusters(truth.clusters, n_permutations, rng)
    start = time.process_time()
    permutation_draws(
        groups,
        permuted,
        lambda counts: scores_of_counts(counts, eligible) | {"match": cluster_matches(counts)},
        truth.n_clusters,
        sparse=sparse,
    )
    seconds.append(time.process_time() - start)
    start = time.process_time()
    counts = contingency(groups, truth.clusters, n_clusters=truth.n_clusters, sparse=sparse)
    agreement_scores(counts.without_cluster(np.arange(truth.n_clusters)))
    seconds.append(time.process_time() - start)
    return [*seconds, peak()]


def peak() -> float:
    """Peak of memory of this process, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stars", type=int, default=48_979)
    parser.add_argument("--clusters", type=int, default=96)
    parser.add_argument("--members", type=int, default=2, help="members of each cluster")
    parser.add_argument("--groups", type=int, default=540)
    parser.add_argument("--noise", type=float, default=0.5, help="share of stars in no group")
    parser.add_argument("--permutations", type=int, default=1000)
    parser.add_argument("--peak", action="store_true")
    given = parser.parse_args()
    groups, truth = survey(given.stars, given.clusters, given.members, given.groups, given.noise)
    if given.peak:
        start = time.process_time()
        rngs = (np.random.default_rng(seed) for seed in (2, 3))
        evaluate(groups, truth, chance_of(truth, given.permutations, 1000, *rngs))
        print(f"one setting: {time.process_time() - start:.2f} CPU s, peak in MB {peak():.0f}")
        return
    print("| counts | permutations, CPU s | jackknife, CPU s | peak, MB |\n|---|---|---|---|")
    found = {}
    for name, sparse in (("sparse", True), ("dense", False)):
        work = partial(timed, sparse, groups, truth, given.permutations)
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            found[name] = pool.apply(work)
        print(f"| {name} | {found[name][0]:.3f} | {found[name][1]:.3f} | {found[name][2]:.0f} |")
    ratios = [dense / sparse for sparse, dense in zip(*found.values(), strict=True)]
    print(f"| ratio | {ratios[0]:.1f} | {ratios[1]:.1f} | {ratios[2]:.1f} |")


if __name__ == "__main__":
    main()
