"""A task of label transfer as the config states it: table, features, target, models, interval."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from chemtag.base.derived import SOURCES
from chemtag.base.problems import InputProblem
from chemtag.predict.conformal import KINDS
from chemtag.predict.evaluation import Entry, entries_of
from chemtag.predict.features import Features, features_from, labelled_of
from chemtag.predict.guards import ENDINGS, numbers_of
from chemtag.predict.protocol import Labelled
from chemtag.predict.training import Interval, Transform
from chemtag.predict.xp import N_COEFFICIENTS, ContinuousSpectra, coefficient_names
from chemtag.survey.membership import is_chemical

# What a stored predictor depends on: with scikit-learn, with XGBoost.
VERSIONS = (
    ("numpy", "scikit-learn", "skops", "crepes"),
    ("numpy", "xgboost-cpu", "crepes"),
)
COVERS = ("labels", "stars", "not")
_ABUNDANCE = re.compile(r"(^|_)[a-z]{1,2}[12]?_(h|fe)(_|$)|^a\([a-z]{1,2}\)", re.IGNORECASE)


@dataclass(frozen=True)
class XP:
    """XP coefficients as features: the first `coefficients` of each of `bands`, by source_id.

    path: table of spectra. key: column of the task's table with the Gaia source_id. flux: `norm`,
    or the column of the task's table to divide by. errors: propagate those of the coefficients.
    """

    path: str
    coefficients: int = 20
    key: str = "source_id"
    flux: str = "norm"
    bands: tuple[str, ...] = ("bp", "rp")
    errors: bool = True


@dataclass(frozen=True)
class Apply:
    """A catalogue that the default predicts: a parquet file, read `chunk` rows at a time."""

    catalogue: str
    chunk: int = 100_000


@dataclass(frozen=True)
class Task:
    """One label to carry over.

    target: column of the label, in `unit`, learnt as it is or as its logarithm (`transform`).
    quantity: its name on figures.
    cuts: least and largest value of columns a training star must have. covers: what labels and
    stars the training covers, in words, and what it does not. tuned: models shown also with tuned
    settings. importance: whether the features of the default are ranked. derived_from: what the
    features derive from, of `SOURCES`, beyond what their names say.
    """

    name: str
    table: str
    target: str
    features: Features
    covers: Mapping[str, str]
    title: str = ""
    quantity: str = ""
    unit: str = ""
    transform: Transform = "none"
    group: str | None = None
    weight: str | None = None
    cuts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    models: tuple[str, ...] = ("median", "ridge", "knn", "boosted_trees")
    tuned: tuple[str, ...] = ()
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    interval: Interval = field(default_factory=Interval)
    folds: int = 5
    importance: bool = True
    xp: XP | None = None
    apply: Apply | None = None
    derived_from: tuple[str, ...] = ()
    citation: tuple[str, ...] = ()

    @property
    def entries(self) -> list[Entry]:
        """The models of the leaderboard."""
        return entries_of(self.models, self.settings, self.tuned)

    @property
    def cuts_on_label(self) -> list[str]:
        """Columns of cuts that are the label, its error or its interval."""
        made = {self.target, *(f"{self.target}_{ending}" for ending in ENDINGS)}
        return [name for name in self.cuts if name in made]

    @property
    def sources(self) -> list[str]:
        """What predicted labels derive from (`SOURCES`): told by column names, and as declared."""
        spectra = (
            set() if self.xp is None else set(coefficient_names(N_COEFFICIENTS, self.xp.bands))
        )
        columns = set(self.features.layout.columns)
        abundances = {one for one in columns if is_chemical(one) or _ABUNDANCE.search(one)}
        named = (abundances, spectra & columns, columns - abundances - spectra)
        told = {kind for kind, names in zip(SOURCES, named, strict=True) if names}
        return [kind for kind in SOURCES if kind in told | set(self.derived_from)]

    @property
    def columns(self) -> list[str]:
        """Columns of the task's own table that it reads, the identifier first."""
        needed = self.features.needed
        if self.xp is not None:
            made = set(coefficient_names(self.xp.coefficients, self.xp.bands))
            made |= {f"{name}_err" for name in made}
            flux = [] if self.xp.flux == "norm" else [self.xp.flux]
            needed = [*(name for name in needed if name not in made), self.xp.key, *flux]
        others = [self.target, self.group, self.weight, *self.cuts]
        return list(dict.fromkeys([*needed, *(name for name in others if name)]))


_PARTS = {"features", "interval", "xp", "apply", "missing", "measured", "star_id"}


def task_from(name: str, values: Mapping[str, Any], place: str) -> Task:
    """Return the task `name` of a config block; raise InputProblem for wrong or absent keys."""
    where = f"{place}: predict/{name}"
    known = {one.name for one in fields(Task)} - {"name"} | _PARTS
    for key in values:
        if key not in known:
            raise InputProblem(
                f"{where}: unknown key {key!r}; allowed are {', '.join(sorted(known))}."
            )
    for key in ("table", "target", "features", "covers"):
        if key not in values:
            raise InputProblem(f"{where}: key {key!r} is missing; add it.")
    absent = [word for word in COVERS if not str(values["covers"].get(word, "")).strip()]
    if absent:
        raise InputProblem(
            f"{where}/covers: {absent[0]!r} is missing; say in words which labels and stars the "
            "training covers, and which it does not."
        )
    given = {key: value for key, value in values.items() if key not in _PARTS}
    for key in ("models", "tuned", "citation", "derived_from"):
        if key in given:
            given[key] = tuple(given[key])
    xp = _part(XP, values.get("xp"), f"{where}/xp")
    applied = _part(Apply, values.get("apply"), f"{where}/apply")
    features = features_from(
        {**values["features"],
         **{key: values[key] for key in ("missing", "measured", "star_id") if key in values}}
    )  # fmt: skip
    if xp is not None:
        features = with_xp(features, xp)
    interval = _part(Interval, values.get("interval", {}), f"{where}/interval")
    _check_interval(interval, f"{where}/interval")
    if given.get("transform", "none") not in ("none", "log10"):
        raise InputProblem(f"{where}/transform: {given['transform']!r}, expected none or log10.")
    task = Task(
        name,
        **{**given, "features": features, "interval": interval, "xp": xp, "apply": applied},
    )
    _ = task.entries, task.features.layout
    return task


def _part(kind: Any, values: Mapping[str, Any] | None, where: str) -> Any:
    if values is None:
        return None
    known = [one.name for one in fields(kind)]
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise InputProblem(f"{where}: unknown key {unknown[0]!r}; allowed are {', '.join(known)}.")
    try:
        return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})
    except TypeError as error:
        raise InputProblem(f"{where}: {error}; add the key.") from error


def _check_interval(interval: Interval, where: str) -> None:
    if interval.kind not in KINDS:
        raise InputProblem(f"{where}/kind: {interval.kind!r}, expected {' or '.join(KINDS)}.")
    if interval.calibration not in ("cross", "held_out"):
        raise InputProblem(
            f"{where}/calibration: {interval.calibration!r}, expected cross or held_out."
        )
    if not 0 < interval.level < 1:
        raise InputProblem(f"{where}/level: {interval.level:g}, expected between 0 and 1.")


def with_xp(features: Features, xp: XP) -> Features:
    """Return features with the XP coefficients after the columns."""
    names = coefficient_names(xp.coefficients, xp.bands)
    errors = {name: f"{name}_err" for name in names} if xp.errors else {}
    return Features(
        (*features.columns, *names), features.colours, {**features.errors, **errors},
        features.missing, features.measured, features.star_id,
    )  # fmt: skip


def meta_of(task: Task) -> dict[str, Any]:
    """Return what the tables of a task say of it: label, what is covered, what it derives from."""
    return {
        "task": task.name,
        "title": task.title,
        "target": task.target,
        "unit": task.unit,
        "level": task.interval.level,
        "covers": dict(task.covers),
        "derived_from": task.sources,
        "citation": list(task.citation),
    }


def provenance_of(
    task: Task, labelled: Labelled, entry: Entry, seed: int, board: pd.DataFrame
) -> dict[str, Any]:
    """Return where a predictor comes from: task, training stars, model, its scores, versions.

    `board` is the leaderboard by which `entry` was chosen; its scores are of stars not seen.
    """
    scores = board[board["entry"] == entry.name].set_index("metric")["value"].dropna()
    return {
        **meta_of(task),
        "table": task.table,
        "cuts": {name: dict(ends) for name, ends in task.cuts.items()},
        "cuts_on_label": task.cuts_on_label,
        "rows": len(labelled),
        "stars": len(np.unique(labelled.group)),
        "labels": [float(labelled.label.min()), float(labelled.label.max())],
        "entry": entry.name,
        "interval": asdict(task.interval),
        "seed": seed,
        "scores": {metric: float(value) for metric, value in scores.items()},
        "versions": {name: version(name) for name in VERSIONS[entry.model.name == "xgboost"]},
    }


def with_spectra(
    table: pd.DataFrame, xp: XP, spectra: ContinuousSpectra, place: str
) -> pd.DataFrame:
    """Return the table with the XP coefficients of each row's star, missing where it has none.

    Divided by the RP flux, or by column `xp.flux` of the table. Raises InputProblem if `xp.key` is
    absent or not whole numbers, or if no row has a spectrum.
    """
    if xp.key not in table.columns:
        raise InputProblem(
            f"{place}: column {xp.key!r} is missing; name that of the Gaia source_id in "
            "predict/xp/key."
        )
    if table[xp.key].dtype.kind not in "iu":
        raise InputProblem(
            f"{place}: column {xp.key!r} holds {table[xp.key].dtype}, expected integers: floating-"
            "point numbers cannot tell Gaia sources apart (19 digits)."
        )
    row = pd.Series(np.arange(len(spectra)), index=spectra.source_id)
    if row.index.has_duplicates:
        raise InputProblem(f"{xp.path}: a source_id comes twice; keep one spectrum of each star.")
    at = row.reindex(table[xp.key]).to_numpy()
    has = np.isfinite(at)
    if not has.any():
        raise InputProblem(
            f"{place}: no {xp.key!r} is among the {len(spectra)} source_id of {xp.path}."
        )
    if xp.flux == "norm":
        coefficients = spectra.table(xp.coefficients)
    else:
        flux = np.full(len(spectra), np.nan)
        flux[at[has].astype(int)] = numbers_of(table, xp.flux, place)[has]
        coefficients = spectra.divided_by(flux, xp.coefficients)
    joined = coefficients.drop(columns="source_id").reindex(at)
    return pd.concat([table, joined.set_axis(table.index)], axis=1)


def read_tasks(path: str | Path) -> dict[str, Task]:
    """Read the block `predict` of a YAML file."""
    path = Path(path)
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise InputProblem(f"{path}: not a readable YAML file ({error}).") from error
    block = (values or {}).get("predict")
    if not isinstance(block, dict) or not block:
        raise InputProblem(f"{path}: no block 'predict' with a task; add one.")
    return {name: task_from(name, task, str(path)) for name, task in block.items()}


def within_cuts(table: pd.DataFrame, task: Task, place: str) -> pd.DataFrame:
    """Return the rows within the cuts, `InputProblem` without any; a missing value is outside."""
    kept = pd.Series(True, index=table.index)
    for name, ends in task.cuts.items():
        values = numbers_of(table, name, place)
        low, high = ends.get("min", float("-inf")), ends.get("max", float("inf"))
        kept &= (values >= low) & (values <= high)
    if task.cuts and len(table) and not kept.any():
        raise InputProblem(
            f"{place}: no star is within predict/{task.name}/cuts: the {len(table)} rows are "
            f"outside those on {', '.join(task.cuts)}; loosen them."
        )
    return table[kept]


def training_stars(table: pd.DataFrame, task: Task, place: str) -> Labelled:
    """Return the stars of a table that a task learns from."""
    return labelled_of(
        within_cuts(table, task, place), task.features, task.target, place, task.group, task.weight
    )
