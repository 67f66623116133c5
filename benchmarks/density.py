"""Time the exact clustering core against published packages, in one process.

    uv run python benchmarks/density.py --n 1000 20000 --dims 18 --what fit grid floor memory

`fit`: one clustering. `grid`: 20 min_cluster_size x 8 min_samples. `floor`: where the time goes,
against the rate at which one core can measure distances at all. `memory`: peak resident memory,
each library in a process of its own. Prints Markdown tables; `--append docs/performance.md` keeps
them. Compilation is left out of all timings and reported on its own.
"""

import argparse
import importlib.util
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from density_peers import FITS, GRIDS, MIN_CLUSTER_SIZE, MIN_SAMPLES, fit_chemtag

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))


def abundance_space(n: int, d: int, seed: int = 0) -> np.ndarray:
    """Abundances (n, d) in dex like a survey's: a curved disc, noise in all dimensions, clusters.

    Six latent factors of falling variance, two sequences, curvature with the first factor; element
    errors of 0.02 to 0.10 dex; 4 % of the stars in clusters of 5 to 300 with 0.02 dex scatter.
    """
    galaxy, rng = np.random.default_rng(12345), np.random.default_rng([seed, n, d])
    rank = min(6, d)
    spread = np.array([0.22, 0.10, 0.07, 0.05, 0.035, 0.025])[:rank]
    directions = np.linalg.qr(galaxy.normal(size=(d, rank)))[0]
    bend, step = galaxy.normal(size=d) * 0.4, directions[:, 0] * 0.2
    errors = galaxy.choice([0.02, 0.03, 0.04, 0.06, 0.09], size=d)

    def disc(m: int) -> np.ndarray:
        factors = rng.normal(size=(m, rank)) * spread
        high = rng.random(m) < 0.25
        plane = factors @ directions.T * np.sqrt(d / rank) * 0.75
        return plane + np.outer(factors[:, 0] ** 2, bend) + np.outer(high, step)

    sizes = np.exp(rng.uniform(np.log(5), np.log(300), size=n)).astype(int)
    sizes = sizes[np.cumsum(sizes) <= 0.04 * n]
    members = np.repeat(disc(len(sizes)), sizes, axis=0)
    members += rng.normal(size=members.shape) * 0.02
    field = disc(n - len(members))
    field += rng.normal(size=field.shape) * np.hypot(errors, 0.008)
    return rng.permutation(np.vstack([field, members]))


def real_giants(path: Path) -> np.ndarray:
    """15 abundances [X/H] of APOGEE DR17 giants in units of their median errors, complete stars."""
    from astropy.table import Table

    table = Table.read(path)
    names = [name for name in table.colnames if f"{name}_ERR" in table.colnames]
    names = [name for name in names if name.endswith("_H")]
    values = np.column_stack([np.asarray(table[name], float) for name in names])
    errors = np.column_stack([np.asarray(table[f"{name}_ERR"], float) for name in names])
    whole = np.isfinite(values).all(axis=1) & np.isfinite(errors).all(axis=1)
    return values[whole] / np.median(errors[whole], axis=0)


def cpu_seconds() -> float:
    """CPU time of this process, all threads, and of its workers, alive (joblib's) or ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    alive = [psutil.Process(), *psutil.Process().children(recursive=True)]
    times = [process.cpu_times() for process in alive]
    return ended.ru_utime + ended.ru_stime + sum(t.user + t.system for t in times)


def timed(call: Callable, X: np.ndarray, repeats: int) -> tuple[float, float]:
    """Return (wall, CPU) seconds of the fastest of `repeats`, scaled to the whole task."""
    best = (np.inf, np.inf)
    for _ in range(repeats):
        cpu, wall = cpu_seconds(), time.perf_counter()
        scale = call(X)
        best = min(best, (scale * (time.perf_counter() - wall), scale * (cpu_seconds() - cpu)))
    return best


def comparison(calls: dict, X: np.ndarray, repeats: int, only: list[str]) -> Iterator[str]:
    """Yield the rows of one table of times and of ratios to the first row."""
    n, d = X.shape
    small = abundance_space(600, d)
    yield f"| {n} x {d} | wall s | CPU s | wall ratio | CPU ratio |"
    yield "|---|---|---|---|---|"
    first = None
    for name, (module, call) in calls.items():
        if only and not any(word in name for word in ["chemtag", *only]):
            continue
        if importlib.util.find_spec(module) is None:
            yield f"| {name} | not installed | | | |"
            continue
        call(small)
        wall, cpu = timed(call, X, repeats)
        first = first or (wall, cpu)
        ratios = f"{wall / first[0]:.1f} | {cpu / first[1]:.1f}"
        yield f"| {name} | {wall:.3f} | {cpu:.3f} | {ratios} |"


def floor(n: int, d: int) -> Iterator[str]:
    """Yield what each stage costs, and the search against the rate of the bare kernel."""
    from chemtag.tag.density import (
        build_blocks,
        condense,
        extract,
        minimum_spanning_tree,
        nearest_neighbours,
        single_linkage,
    )
    from chemtag.tag.density.neighbours import SearchCost

    X, cost = abundance_space(n, d), SearchCost()
    stages: list[tuple[str, float, float]] = []

    def stage(name: str, call: Callable, *arguments: Any) -> Any:
        cpu, wall = cpu_seconds(), time.perf_counter()
        result = call(*arguments)
        stages.append((name, time.perf_counter() - wall, cpu_seconds() - cpu))
        return result

    layout = stage("blocks", build_blocks, X)
    lists = stage("neighbours (16)", nearest_neighbours, layout, 16, cost)
    tree = stage("spanning tree", minimum_spanning_tree, layout, lists, MIN_SAMPLES)
    linkage = stage("single linkage", single_linkage, tree)
    condensed = stage("condense", condense, linkage, MIN_CLUSTER_SIZE)
    stage("extract", extract, condensed)
    rate = kernel_rate(layout)
    yield f"| {n} x {d} | wall s | CPU s |"
    yield "|---|---|---|"
    for name, wall, cpu in stages:
        yield f"| {name} | {wall:.4f} | {cpu:.4f} |"
    yield ""
    needed = cost.pairs / rate
    yield (
        f"Pairs measured: {cost.pairs:.3g}, {cost.pairs / n**2:.1%} of all; lists rebuilt in "
        f"float64: {cost.rebuilt}. Bare kernel: {rate / 1e9:.2f} Gpair/s on one core, so the "
        f"search has a floor of {needed:.3f} CPU s and takes {stages[1][2] / needed:.1f} x that; "
        f"all pairs at that rate: {n * n / rate:.2f} CPU s."
    )


def kernel_rate(layout: Any) -> float:
    """Pairs a second that one core measures in full when nothing is kept and all is in cache."""
    from numba import njit

    from chemtag.tag.density import search

    lanes_at_once, within = search.LANES, search._within

    @njit(fastmath=True)
    def sweep(lanes, coordinates, steps, times):  # type: ignore[no-untyped-def]
        squared, kept, width = np.empty(lanes_at_once, np.float32), 0, coordinates.shape[1]
        for t in range(times):
            bits = within(lanes, 0, coordinates, t % 128 * width, steps, np.float32(1e30), squared)
            kept += bits & np.uint64(1)
        return kept

    coordinates = layout.coordinates[np.arange(128) % len(layout.coordinates)]
    steps, times = coordinates.shape[1] // search.STEP, 200_000
    sweep(layout.lanes, coordinates, steps, 10)
    start = time.process_time()
    sweep(layout.lanes, coordinates, steps, times)
    return times * lanes_at_once / (time.process_time() - start)


def memory(n: int, d: int, only: list[str]) -> Iterator[str]:
    """Yield the peak memory of one fit of each library, in a process of its own."""
    from chemtag.tag.density import predicted_memory

    yield f"| {n} x {d}, one fit | peak MB (process) |"
    yield "|---|---|"
    for name, (module, call) in FITS.items():
        if only and not any(word in name for word in ["chemtag", *only]):
            continue
        if importlib.util.find_spec(module) is None:
            yield f"| {name} | not installed |"
            continue
        command = [sys.executable, __file__, "--child", call.__name__, "--n", str(n)]
        done = subprocess.run(
            [*command, "--dims", str(d)], check=True, capture_output=True, text=True
        )
        yield f"| {name} | {done.stdout.strip()} |"
    yield f"| chemtag, arrays as predicted | {predicted_memory(n, d, 16) / 1e6:.0f} |"


def peak_megabytes() -> float:
    """Peak resident memory of this program (Linux; elsewhere that of its parent's fork counts)."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = [x for x in status.read_text().splitlines() if x.startswith("VmHWM")]
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def machine() -> str:
    """One line on the machine and the versions."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = [x for x in cpuinfo.read_text().splitlines() if x.startswith("model name")]
        model = lines[0].split(":")[1].strip() if lines else model
    load = ", ".join(f"{x:.1f}" for x in os.getloadavg())
    packages = ", ".join(f"{p} {version(p)}" for p in ("numpy", "numba", "hdbscan", "scikit-learn"))
    return (
        f"{model}, {os.cpu_count()} cores, load {load} at the start; "
        f"Python {platform.python_version()}, {packages}."
    )


def compile_time() -> str:
    """First call of the core in this process: compilation, or loading it from the cache."""
    start = time.perf_counter()
    fit_chemtag(abundance_space(600, 6))
    return f"First call of the core in this process: {time.perf_counter() - start:.1f} s."


def report(arguments: argparse.Namespace) -> Iterator[str]:
    yield machine()
    yield compile_time()
    for what in arguments.what:
        for n in arguments.n:
            for d in arguments.dims:
                yield f"\n### {what}\n"
                if what == "memory":
                    yield from memory(n, d, arguments.only)
                elif what == "floor":
                    yield from floor(n, d)
                else:
                    calls = FITS if what == "fit" else GRIDS
                    X = abundance_space(n, d)
                    yield from comparison(calls, X, arguments.repeats, arguments.only)
    if arguments.giants:
        yield "\n### fit, real giants\n"
        X = real_giants(arguments.giants)
        yield from comparison(FITS, X, arguments.repeats, arguments.only)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--n", type=int, nargs="+", default=[1000, 20_000])
    parser.add_argument("--dims", type=int, nargs="+", default=[18])
    whats = ["fit", "grid", "floor", "memory"]
    parser.add_argument("--what", nargs="+", choices=whats, default=["fit"])
    parser.add_argument("--only", nargs="*", default=[], help="compare with these names only")
    parser.add_argument("--giants", type=Path, help="also one fit of this table (docs/data.md)")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--append", type=Path, help="also append the tables to this file")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        fit = {call.__name__: call for _, call in FITS.values()}[arguments.child]
        fit(abundance_space(arguments.n[0], arguments.dims[0]))
        print(round(peak_megabytes()))
        return
    for line in report(arguments):
        print(line, flush=True)
        if arguments.append:
            with arguments.append.open("a") as page:
                page.write(line + "\n")


if __name__ == "__main__":
    main()
