"""Hide real clusters among field giants, tag them blindly, vet the candidates by simulated data.

    uv run python benchmarks/vetting.py FIELD.fits CLUSTERS.fits FOLDER --field 2000 8000 --draws 6

FIELD: giants with [X/H] of Fe, Mg, O, Si, Al and errors, members in CLUSTER (left out). CLUSTERS:
members of open clusters with the same abundances, TEFF, LOGG, CLUSTER. Writes for each number and
draw of field stars a table and a config to FOLDER, and says how to run them. With --score it
compares the candidates of finished runs with the hidden clusters, and sums them up. Members get
the median errors of the field, as their table has none. Velocities and ages of all stars, and Teff
and log g of the field, are simulated (`chemtag.vet.disc_model`; parameters like those of members).
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from astropy.table import Table
from scipy.stats import beta

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

from chemtag.base.seeds import generator_for
from chemtag.base.tables import read_table
from chemtag.vet.disc_model import DiscModel

ELEMENTS = ("FE", "MG", "O", "SI", "AL")
ERRORS = {"rv": 0.3, "age": 1.0}


def texts(column: np.ndarray) -> list[str]:
    """Return the cells of a column of a FITS table as text."""
    cells = np.ma.filled(column, b"" if column.dtype.kind == "S" else "")
    return [c.decode().strip() if isinstance(c, bytes) else str(c).strip() for c in cells]


def hidden(field: Path, clusters: Path, n_field: int, draw: int) -> pd.DataFrame:
    """Return field stars and members as one table; CLUSTER is for the score alone."""
    rng = generator_for(draw, "vetting", n_field)
    giants = Table.read(field)
    columns = [f"{e}_H" for e in ELEMENTS]
    whole = np.all([np.isfinite(giants[c]) for c in columns], axis=0)
    alone = np.array([c in ("", "field") for c in texts(giants["CLUSTER"])])
    rows = rng.choice(np.flatnonzero(whole & alone), n_field, replace=False)
    members = Table.read(clusters)
    names = texts(members["CLUSTER"])
    ids = [*texts(giants["APOGEE_ID"][rows]), *texts(members["APOGEE_ID"])]
    table = pd.DataFrame({"APOGEE_ID": ids})
    for name in columns:
        table[name] = np.concatenate([giants[name][rows], members[name]]).astype(float)
        typical = np.nanmedian(np.ma.filled(giants[f"{name}_ERR"], np.nan))
        given = np.asarray(giants[f"{name}_ERR"][rows], dtype=float)
        table[f"{name}_ERR"] = np.concatenate([given, np.full(len(members), typical)])
    table["CLUSTER"] = [""] * n_field + names
    for name in ("TEFF", "LOGG"):
        known = np.asarray(members[name], dtype=float)
        like = rng.choice(known, n_field) + rng.normal(0, 0.2 * np.nanstd(known), n_field)
        table[name] = np.concatenate([like, known])
    code = pd.Categorical(table["CLUSTER"]).codes.astype(np.int64)
    code = np.where(table["CLUSTER"] == "", -1, code)
    velocity, age = DiscModel().of_stars(code, rng)
    table["RV"] = velocity + rng.normal(0, ERRORS["rv"], len(table))
    table["AGE"] = np.abs(age + rng.normal(0, ERRORS["age"], len(table)))
    table["RV_ERR"], table["AGE_ERR"] = ERRORS["rv"], ERRORS["age"]
    return table.drop_duplicates("APOGEE_ID").dropna(subset=columns).reset_index(drop=True)


def config_of(name: str, scatter: str, level: str) -> dict:
    """Return the config of a run that tags the table blindly and vets what it finds."""
    document = yaml.safe_load(
        (Path(__file__).parents[1] / "config" / "vet-giants.yaml").read_text(encoding="utf-8")
    )
    document["run"] = name
    giants = document["catalogs"]["giants"]
    giants["path"] = f"{name}.fits"
    giants["columns"] = {"star_id": "APOGEE_ID", "teff": "TEFF", "logg": "LOGG"}
    # An assumption: three quarters of the variance in one mode of these four.
    loadings = dict.fromkeys(("fe", "mg", "si", "al"), 1)
    document["width"] = {"source": scatter, "correlation": {"share": 0.75, "loadings": loadings}}
    document["vet"]["level"] = level
    simulated = {"derived_from": ["other measurements"], "simulated": True}
    vet = document["vet"]
    vet["known"]["open_clusters"]["path"] = f"{name}.members.csv"
    vet["data"] = {
        "velocity": {**vet["data"]["velocity"], **simulated, "spread": {"rv": 0.5},
                     "values": {"rv": {"value": "RV", "error": "RV_ERR"}}},
        "age": {"quantity": "age", "star_id": "APOGEE_ID", "spread": {"age": 0.3}, **simulated,
                "values": {"age": {"value": "AGE", "error": "AGE_ERR"}}},
    }  # fmt: skip
    return document


def score(folder: Path, name: str) -> pd.DataFrame:
    """Print and return each candidate of a run beside the cluster that it shares most stars with.

    A candidate is right if half of its stars or more are of one hidden cluster, wrong if none is of
    any, else mixed.
    """
    results = folder / "results" / name / "vet"
    verdicts = read_table(results / "giants.verdicts.ecsv", "verdicts")
    stars = read_table(results / "giants.candidate_stars.ecsv", "candidate_members")
    known = pd.read_csv(folder / f"{name}.members.csv").set_index("APOGEE_ID")["CLUSTER"]
    rows = []
    for one in verdicts.itertuples():
        own = stars.loc[stars["group"] == one.group, "star_id"].map(known)
        best, n = ("field", 0) if own.isna().all() else (own.mode()[0], own.value_counts().max())
        print(f"{one.candidate}  {one.n_stars:3d} stars  {n / one.n_stars:.2f} of {best:12s}  "
              f"q {one.q:.3g}  {one.verdict}: {one.reason}")  # fmt: skip
        truth = "right" if 2 * n >= one.n_stars else "wrong" if n == 0 else "mixed"
        rows.append({"run": name, "truth": truth, "cluster": best, "verdict": one.verdict})
    return pd.DataFrame(rows, columns=["run", "truth", "cluster", "verdict"])


def summed_up(found: pd.DataFrame, draws: int) -> None:
    """Print how many candidates of each truth had each verdict, over all draws.

    Shares have Jeffreys intervals of 95 %, as if candidates were independent.
    """
    print(f"{draws} draws\n{pd.crosstab(found['truth'], found['verdict'], margins=True)}")
    for truth, part in found.groupby("truth"):
        for verdict in ("supported", "contradicted", "cannot tell"):
            k, n = int((part["verdict"] == verdict).sum()), len(part)
            low, high = beta.ppf([0.025, 0.975], k + 0.5, n - k + 0.5)
            print(f"{truth} {verdict}: {k} of {n}, {k / n:.2f} ({low:.2f} to {high:.2f})")
    right = found[found["truth"] == "right"]
    clusters = right.groupby("run")["cluster"].nunique().sum() / draws
    print(f"clusters found a draw: {clusters:.2f}")


def main() -> None:
    """Write tables and configs, or score finished runs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("giants", type=Path)
    parser.add_argument("clusters", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--field", type=int, nargs="+", default=[2000, 8000])
    parser.add_argument("--draws", type=int, default=1, help="draws of the field")
    parser.add_argument("--width", default="published", help="source of the width")
    parser.add_argument("--level", default="candidates", help="level of the groups")
    parser.add_argument("--score", action="store_true")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    for n_field in asked.field:
        names = [f"hidden-{n_field}-{asked.level}-{draw}" for draw in range(1, asked.draws + 1)]
        if asked.score:
            found = [score(asked.folder, name) for name in names]
            print(n_field, "field stars,", asked.level)
            summed_up(pd.concat(found, ignore_index=True), asked.draws)
            continue
        for draw, name in enumerate(names, start=1):
            table = hidden(asked.giants, asked.clusters, n_field, draw)
            write(table, asked.folder, name, config_of(name, asked.width, asked.level))


def write(table: pd.DataFrame, folder: Path, name: str, document: dict) -> None:
    """Write the table without its clusters, their list and the config of a run, and how to run."""
    members = table.loc[table["CLUSTER"] != "", ["APOGEE_ID", "CLUSTER"]]
    members.to_csv(folder / f"{name}.members.csv", index=False)
    blind = Table.from_pandas(table.drop(columns="CLUSTER"))
    blind.write(folder / f"{name}.fits", overwrite=True)
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    print(f"{len(table)} stars, {len(members)} of clusters; run\n  snakemake "
          f"results/{name}/vet/giants.verdicts.ecsv --cores 2 "
          f"--directory {folder} --configfile {path}")  # fmt: skip


if __name__ == "__main__":
    main()
