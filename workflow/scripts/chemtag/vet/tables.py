"""The rows of the tables of vetting."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from chemtag.base.problems import InputProblem
from chemtag.base.tables import contract_of
from chemtag.base.types import Floats
from chemtag.vet.quantities import names_in
from chemtag.vet.verdicts import VERDICTS, Joint
from chemtag.vet.vetting import PURITIES, Datum, Finding

# Stellar parameters that field stars are matched in, where the sample has them.
MATCHED_IN = ("teff", "logg", "fe_h")
# Name and quantity of what the stage `cmd` says of diagrams.
DIAGRAM = "colour_magnitude"


def parameters_of(abundances: pd.DataFrame) -> tuple[Floats, list[str]]:
    """Return the parameters (N, P) that field stars are matched in, and their names.

    A parameter that is missing for half of the stars or more is left out.
    """
    names = [
        name
        for name in MATCHED_IN
        if name in abundances and abundances[name].notna().to_numpy().mean() > 0.5
    ]
    return abundances[names].to_numpy(dtype=float).reshape(len(abundances), len(names)), names


def name_of_group(star_id: Sequence[str]) -> str:
    """Return a name of a set of stars for seeds: it depends on who they are, not on their order."""
    return hashlib.sha256("\n".join(sorted(map(str, star_id))).encode()).hexdigest()[:16]


def finding_row(
    candidate: str, group: int, n_stars: int, datum: str, block: Mapping[str, Any], found: Finding
) -> dict[str, Any]:
    """Return a row of the contract `vetting`."""
    return {
        "candidate": candidate,
        "group": group,
        "datum": datum,
        "quantity": block["quantity"],
        "n_stars": n_stars,
        "n_data": found.n_data,
        "n_missing": found.n_missing,
        "n_field": found.n_field,
        "statistic": found.statistic,
        "p": found.p,
        "p_pure": found.p_pure,
        **{f"power_{round(100 * purity)}": found.power[purity] for purity in PURITIES},
        "power_against": found.power_against,
        "verdict": found.verdict,
        "reason": found.reason,
    }


def rows_of_diagrams(diagrams: pd.DataFrame, sha256: str, place: str) -> list[dict[str, Any]]:
    """Return rows of the contract `vetting` from those of `diagrams` (stage `cmd`).

    The statistic is the probability of a cluster. Raises `InputProblem` for diagrams of another
    catalogue than the one sealed as `sha256`.
    """
    if diagrams.attrs["seal_sha256"] != sha256:
        raise InputProblem(
            f"{place}: judges another catalogue (seal {diagrams.attrs['seal_sha256'][:12]}, "
            f"expected {sha256[:12]}); remove it and run again."
        )
    kept = ["candidate", "group", "n_stars", "n_data", "n_missing", "n_field", "p", "p_pure"]
    kept += [f"power_{round(100 * purity)}" for purity in PURITIES]
    kept += ["power_against", "verdict", "reason"]
    rows = diagrams[kept].assign(datum=DIAGRAM, quantity=DIAGRAM)
    judged = diagrams["p"].notna()
    rows["statistic"] = diagrams["probability"].where(judged)
    return [{str(name): cell for name, cell in row.items()} for row in rows.to_dict("records")]


def joined(parts: Sequence[pd.DataFrame], contract: str) -> pd.DataFrame:
    """Return the rows of all parts; without any the empty table of the contract."""
    if parts:
        return pd.concat(parts, ignore_index=True)
    kinds = {"string": object, "category": object, "float64": float, "int64": np.int64}
    columns = contract_of(contract)["columns"]
    return pd.DataFrame(
        {name: pd.Series(dtype=kinds[column["dtype"]]) for name, column in columns.items()}
    )


def verdict_rows(candidates: pd.DataFrame, vetting: pd.DataFrame, joint: Joint) -> pd.DataFrame:
    """Return the rows of the contract `verdicts`, a group each."""
    told = vetting[vetting["p"].notna()].groupby("group").size()
    return pd.DataFrame(
        {
            "candidate": candidates["candidate"],
            "group": candidates["group"],
            "n_stars": candidates["n_stars"],
            "n_data": candidates["group"].map(told).fillna(0).astype(np.int64),
            "p": joint.p,
            "q": joint.q,
            "p_against": joint.p_against,
            "q_against": joint.q_against,
            "verdict": pd.Series(joint.verdict, dtype=object),
            "reason": pd.Series(joint.reason, dtype=object),
        }
    )


def star_rows(
    star_id: Sequence[str], group: np.ndarray, name: str, block: Mapping[str, Any], datum: Datum
) -> pd.DataFrame:
    """Return the rows of the contract `vetting_stars` of one datum: stars that have it."""
    complete = datum.complete
    parts = []
    for column, value in enumerate(names_in(block)):
        parts.append(
            pd.DataFrame(
                {
                    "datum": name,
                    "value_name": value,
                    "star_id": np.asarray(star_id, dtype=object)[complete],
                    "group": group[complete],
                    "value": datum.values[complete, column],
                    "error": datum.errors[complete, column],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def counts_of(verdicts: pd.DataFrame) -> dict[str, int]:
    """Return the number of groups of each verdict."""
    return {verdict: int((verdicts["verdict"] == verdict).sum()) for verdict in VERDICTS}
