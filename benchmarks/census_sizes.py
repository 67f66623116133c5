"""Time and memory of the taggers of motion on simulated fields of growing size.

    uv run python benchmarks/census_sizes.py --n 3000 10000 30000

A disc of stars like a Gaia field, crowded in motion, with a cluster of 300; each tagger in a
process of its own. Seconds are processor time, memory is the peak above that of the process.
"""

import argparse

import numpy as np

from chemtag.compare.inputs import Task
from chemtag.compare.processes import run_in_process
from chemtag.tag.algorithms import ALGORITHMS, settings_of
from chemtag.tag.protocol import Space

NAMES = ("xi", "eta", "pmra", "pmdec", "parallax")
MEMBERS = 300


def field(n: int, seed: int) -> tuple[Space, np.ndarray]:
    """Space of `n` stars, and which of them are members."""
    rng = np.random.default_rng(seed)
    angle, radius = rng.uniform(0, 2 * np.pi, n), np.sqrt(rng.uniform(size=n))
    values = np.column_stack(
        [
            radius * np.cos(angle),
            radius * np.sin(angle),
            -2 + 2.5 * rng.standard_t(3, (n, 2)),
            rng.gamma(2, 0.3, n),
        ]
    )
    values[:MEMBERS, :2] = rng.normal(0.1, 0.05, (MEMBERS, 2))
    values[:MEMBERS, 2:] = rng.normal([3, -6, 1.2], [0.1, 0.1, 0.01], (MEMBERS, 3))
    error = rng.uniform(0.03, 0.2, n)
    values[:, 2:] += error[:, None] * rng.standard_normal((n, 3))
    covariance = np.zeros((n, 5, 5))
    covariance[:, 2:, 2:] = error[:, None, None] ** 2 * np.eye(3)
    star_id = np.array([f"{i:08d}" for i in range(n)], dtype=object)
    space = Space(star_id, values, covariance, NAMES, centre=np.zeros(5), divisor=np.ones(5))
    return space, np.arange(n) < MEMBERS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, nargs="+", default=[3000, 30000])
    parser.add_argument("--limit", type=float, default=900, help="seconds a tagger may take")
    ours = [name for name, one in ALGORITHMS.items() if one.needs]
    parser.add_argument("--taggers", nargs="+", default=ours, help="names in the registry")
    given = parser.parse_args()
    print("tagger  stars  seconds  MB  groups  purity  completeness")
    for n in given.n:
        space, member = field(n, 1)
        for name in given.taggers:
            task = Task(ALGORITHMS[name], settings_of(ALGORITHMS[name]), 0, None)
            outcome = run_in_process(task, space, given.limit)
            if outcome.labels is None:
                print(f"{name}  {n}  {outcome.status}: {outcome.reason}", flush=True)
                continue
            group = outcome.labels
            held = np.bincount(group[member & (group >= 0)], minlength=1).argmax()
            both = (member & (group == held)).sum()
            print(
                f"{name}  {n}  {outcome.seconds[-1]:.1f}  {outcome.memory_mb:.0f}  "
                f"{group.max() + 1}  {both / max((group == held).sum(), 1):.2f}  "
                f"{both / MEMBERS:.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
