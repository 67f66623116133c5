r"""Carry labels over with every model of a recipe on many seeds; time and memory of a catalogue.

    PYTHONPATH=workflow/scripts uv run python benchmarks/label_transfer.py scores \
        --recipe config/predict-assaad.yaml --data FOLDER --seeds 5
    PYTHONPATH=workflow/scripts uv run python benchmarks/label_transfer.py catalogue \
        --data FOLDER --rows 1000000
    PYTHONPATH=workflow/scripts uv run python benchmarks/label_transfer.py coefficients \
        --data FOLDER

`scores` prints the mean of each score over seeds of the folds, as Markdown, and which model each
seed makes the default. `catalogue` trains on RAVE, predicts invented stars (rows of the training
table drawn with replacement, moved within 0.02 mag), and prints rows a second and the largest
memory of the process. `coefficients` is the ablation over the number of coefficients on sampled
spectra, whose labels were made from the same spectra: a test of the path, not of accuracy. FOLDER
holds the tables that the recipes name.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from chemtag.base.seeds import generator_for
from chemtag.predict.apply import CHUNK, apply_to
from chemtag.predict.evaluation import cross_validate, entries_of, over_coefficients
from chemtag.predict.features import Features, labelled_of
from chemtag.predict.leaderboard import choose, leaderboard, rmse
from chemtag.predict.store import Stored
from chemtag.predict.task import Task, read_tasks, training_stars
from chemtag.predict.training import Interval, train
from chemtag.predict.xp import read_sampled

ROOT = Path(__file__).resolve().parents[1]
COLUMNS = ("rmse", "rmse_ratio", "scatter", "bias", "slope", "coverage", "coverage_low",
           "coverage_middle", "coverage_high", "width", "in_domain")  # fmt: skip


def scores(tasks: dict[str, Task], folder: Path, seeds: int, models: list[str]) -> None:
    """Print the scores of each task."""
    for name, task in tasks.items():
        stars = training_stars(pd.read_parquet(folder / Path(task.table).name), task, task.table)
        entries = [one for one in task.entries if not models or one.name in models]
        boards, costs, chosen = [], [], []
        for seed in range(seeds):
            found, cost = cross_validate(
                stars, entries, task.interval, seed, task.folds, task.transform
            )
            board = leaderboard(found, entries, seed)
            boards.append(board.assign(seed=seed))
            costs.append(cost)
            chosen.append(choose(board, entries))
        every = pd.concat(boards)
        mean = every.pivot_table(index="entry", columns="metric", values="value")[list(COLUMNS)]
        spent = pd.concat(costs).groupby("entry")[["train_seconds", "predict_seconds"]].sum()
        mean["seconds"] = spent.sum(axis=1) / seeds
        print(f"\n{name}: {len(stars)} stars, {stars.stars.features.shape[1]} features\n")
        print("| model |", " | ".join(mean.columns), "|")
        print("|---" * (len(mean.columns) + 1) + "|")
        for entry, row in mean.sort_values("rmse").iterrows():
            print(f"| {entry} |", " | ".join(f"{value:.3g}" for value in row), "|")
        for seed, (default, good) in enumerate(chosen):
            print(f"seed {seed}: default {default}, as good: {', '.join(good)}")


def catalogue(folder: Path, rows: int, chunk: int, draws: int) -> None:
    """Print rows a second and memory of a catalogue predicted in chunks."""
    task = read_tasks(ROOT / "config" / "predict-shboost.yaml")["rave_metallicity"]
    table = pd.read_parquet(folder / Path(task.table).name)
    stars = training_stars(table, task, task.table)
    errors = {"parallax": "parallax_err"} if draws else {}
    features = Features(task.features.columns, task.features.colours, errors,
                        star_id=task.features.star_id)  # fmt: skip
    if draws:
        table["parallax_err"] = 0.05
        stars = labelled_of(table, features, task.target, task.table, task.group)
    (entry,) = entries_of(["boosted_trees"])
    trained = train(stars, entry.model, entry.settings, Interval(draws=draws), 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "catalogue.parquet"
        write_catalogue(table, features, rows, source)
        stored = Stored(trained, features, {"unit": task.unit})
        start, cpu = time.perf_counter(), time.process_time()
        applied = apply_to(stored, source, Path(place) / "out.parquet", chunk)
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{applied.rows:,} rows in {seconds:.0f} s: {applied.rows / seconds:,.0f} rows a second, "
        f"{applied.rows / cpu:,.0f} a second of processor time"
    )
    print(f"largest memory {most:.0f} MB ({before:.0f} MB after training); in domain "
          f"{applied.in_domain / applied.rows:.3f}")  # fmt: skip


def write_catalogue(table: pd.DataFrame, features: Features, rows: int, path: Path) -> None:
    """Write `rows` invented stars like those of `table`, a hundred thousand at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = generator_for(1, "catalogue")
    writer = None
    for first in range(0, rows, 100_000):
        n = min(100_000, rows - first)
        part = table.iloc[rng.integers(0, len(table), n)][features.needed].copy()
        for name in features.layout.columns:
            part[name] = part[name].to_numpy(float) + rng.uniform(-0.02, 0.02, n)
        part[features.star_id] = np.arange(first, first + n)
        arrow = pa.Table.from_pandas(part, preserve_index=False)
        writer = writer or pq.ParquetWriter(path, arrow.schema)
        writer.write_table(arrow)
    if writer:
        writer.close()


def coefficients(folder: Path, seeds: int) -> None:
    """Print the error of labels against the number of coefficients of sampled spectra."""
    path = folder / "xp_sampled_600.parquet"
    spectra = read_sampled(path)
    table = pd.read_parquet(path, columns=["source_id", "teff_gspphot", "mh_gspphot"])
    entries = entries_of(["median", "ridge", "boosted_trees"])
    numbers = (2, 5, 10, 20, 40, 80)

    for target, transform in (("teff_gspphot", "log10"), ("mh_gspphot", "none")):

        def stars_of(k: int, target: str = target) -> object:
            names = tuple(f"cos_{i + 1}" for i in range(k))
            both = table.merge(spectra.cosines(k), on="source_id")
            return labelled_of(both, Features(names, star_id="source_id"), target, str(path))

        parts = [
            over_coefficients(stars_of, numbers, entries, Interval(draws=0), seed,
                              transform=transform).assign(seed=seed)
            for seed in range(seeds)
        ]  # fmt: skip
        found = pd.concat(parts)
        if transform == "log10":
            found[["truth", "value"]] = np.log10(found[["truth", "value"]])
        error = found.groupby(["entry", "n_coefficients", "seed"])[["truth", "value"]].apply(
            lambda part: rmse(part["truth"].to_numpy(), part["value"].to_numpy())
        )
        print(f"\n{'log ' if transform == 'log10' else ''}{target}, rmse by coefficients\n")
        print(error.groupby(["entry", "n_coefficients"]).mean().unstack().round(3).to_string())


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("scores", "catalogue", "coefficients"))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--recipe", type=Path, action="append", default=[])
    parser.add_argument("--task", action="append", default=[])
    parser.add_argument("--models", nargs="*", default=[])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--chunk", type=int, default=CHUNK)
    parser.add_argument("--draws", type=int, default=0)
    args = parser.parse_args()
    if args.what == "scores":
        tasks = {n: t for recipe in args.recipe for n, t in read_tasks(recipe).items()}
        chosen = {n: t for n, t in tasks.items() if not args.task or n in args.task}
        scores(chosen, args.data, args.seeds, args.models)
    elif args.what == "catalogue":
        catalogue(args.data, args.rows, args.chunk, args.draws)
    else:
        coefficients(args.data, args.seeds)


if __name__ == "__main__":
    main()
