"""Which part of a survey should be tagged, and by how many elements: the tagger of known width.

    uv run python benchmarks/tagger_curves.py cuts --seeds 0 6 --n-field 0 2000
    uv run python benchmarks/tagger_curves.py elements --seeds 0 6 --n-field 400 2000
    uv run python benchmarks/tagger_curves.py real-cuts --members M.fits

`cuts`: the full observed survey of the simulator, stars above an S/N or within a window of Teff
only, width of quoted errors with the recipe's correlation; clusters of five stars or more before
the cut. `elements`: plain observation, the most informative elements of the recipe, true width.
`real-cuts`: giants of open clusters without a field, the width of all other clusters measured on
stars of the same cut; clusters of two stars or more before it. A cluster of fewer than two stars
after the cut is not recovered. Prints as benchmarks/tagger.py does, and knows `--rows`.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
from astropy.table import Table
from tagger import scan_rows
from tagger_cases import ROOT, Case, observed_case, plain_case
from tagger_real import FIVE, abundances, recovered_one_by_one
from tagger_rows import keep, summary

from chemtag.forecast.realisations import informative_elements
from chemtag.space.width_clusters import width_of_clusters
from chemtag.survey.simulation import read_recipe

RECIPE = ROOT / "resources" / "recipes" / "survey.yaml"
ALL = (4000, 5200)
CUTS: list[tuple[float, tuple[float, float]]] = [
    *[(snr, ALL) for snr in (70, 100, 130, 180)],
    *[(70, window) for window in ((4000, 4600), (4600, 5200), (4300, 4900))],
]
NUMBERS = (17, 15, 12, 10, 8, 6, 4)


def name_of(snr: float, teff: tuple[float, float]) -> str:
    return f"S/N >= {snr:g}, Teff {teff[0]} to {teff[1]}"


def cuts(options: argparse.Namespace) -> None:
    recipe = read_recipe(RECIPE)
    for n_field in options.n_field:
        rows = []
        for seed in range(*options.seeds):
            for cut in CUTS:
                case = observed_case(recipe, n_field, seed, *cut)
                sizes = np.bincount(case.clusters[case.clusters >= 0])
                about = {"stars": len(case.values), "members": int(sizes.sum())}
                for row in scan_rows(case, "held_out", limit=False):
                    row = {"n_field": n_field, "seed": seed, "width": name_of(*cut), **about, **row}
                    rows.append(row)
                    keep(options, rows[-1:])
        summary(rows, ["n_field", "width", "method"])


def elements(options: argparse.Namespace) -> None:
    recipe = read_recipe(RECIPE)
    order = informative_elements(recipe)
    for n_field in options.n_field:
        rows = []
        for seed in range(*options.seeds):
            whole = plain_case(recipe, n_field, seed)
            for number in NUMBERS:
                chosen = np.sort(order[:number])
                width = whole.width[np.ix_(chosen, chosen)]
                case = Case(whole.values[:, chosen], width, whole.scale[chosen], whole.clusters)
                for row in scan_rows(case, "held_out", limit=False):
                    rows.append(
                        {"n_field": n_field, "seed": seed, "width": f"{number} elements", **row}
                    )
                    keep(options, rows[-1:])
        summary(rows, ["n_field", "width", "method"])


def real_cuts(options: argparse.Namespace) -> None:
    table = Table.read(options.members)
    values = abundances(table, FIVE)
    table, values = (part[np.isfinite(values).all(axis=1)] for part in (table, values))
    of, snr = np.asarray(table["CLUSTER"]).astype(str), np.asarray(table["SNR"], dtype=float)
    teff = np.asarray(table["TEFF"], dtype=float)
    names = np.unique(of)
    rows: list[dict[str, Any]] = []
    windows = ((0, 9999), (0, 4600), (4600, 9999), (4600, 5000))
    cuts = [*[(low, (0, 9999)) for low in (0, 70, 100, 130, 180)]]
    cuts += [(0, window) for window in windows[1:]]
    for low, window in cuts:
        kept = (snr >= low) & (teff >= window[0]) & (teff < window[1])
        left, mine = values[kept], of[kept]
        code = np.searchsorted(names, mine)
        case = Case(left, np.empty(0), np.ones(len(FIVE)), code)
        known = [name for name in names if (mine == name).sum() >= 2]
        for row in recovered_one_by_one(
            case,
            list(names),
            lambda name, left=left, mine=mine: width_of_clusters(
                left[mine != name], FIVE, mine[mine != name]
            ),
        ):
            rows.append(
                {"width": name_of(low, window), "stars": len(left), "clusters": len(known), **row}
            )
    summary(rows, ["width", "method"])


COMMANDS = {"cuts": cuts, "elements": elements, "real-cuts": real_cuts}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=COMMANDS)
    parser.add_argument("--seeds", type=int, nargs=2, default=(0, 6), help="first, last + 1")
    parser.add_argument("--n-field", type=int, nargs="+", default=[0, 2000])
    parser.add_argument("--members", type=Path, help="FITS table of giants of open clusters")
    parser.add_argument("--rows", type=Path, help="file of JSON lines to append to")
    options = parser.parse_args()
    if options.what == "real-cuts" and options.members is None:
        parser.error("real-cuts needs --members")
    start = time.process_time()
    COMMANDS[options.what](options)
    print(f"\n{time.process_time() - start:.0f} CPU s")


if __name__ == "__main__":
    main()
