"""A trained predictor in one file that can be opened without running code from it."""

import io
import json
import re
import zipfile
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from chemtag.base.files import whole_file
from chemtag.base.problems import InputProblem
from chemtag.predict.conformal import Calibration
from chemtag.predict.domain import Domain
from chemtag.predict.features import Features, features_from
from chemtag.predict.models import Booster, Fitted
from chemtag.predict.protocol import Layout
from chemtag.predict.training import Trained

FORMAT = 1
# Types beyond those that skops trusts by itself; a file with any other is refused.
TRUSTED = (
    "chemtag.predict.clipping.Clipper",
    "numpy.dtype",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
)
EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Stored:
    """A predictor of a file: how to make its features, how to predict, where it comes from."""

    trained: Trained
    features: Features
    provenance: dict[str, Any]


def save(stored: Stored, path: str | Path) -> None:
    """Write a zip of `model.json` (settings, features, provenance), `arrays.npz` and the model.

    The model is `model.skops` (scikit-learn) or `model.ubj` (XGBoost); neither can carry code.
    Equal predictors give equal bytes. The file appears whole or not at all.
    """
    trained = stored.trained
    arrays, numbers = _taken_apart(trained)
    kind, model = _model_bytes(trained.fitted)
    words = {
        "format": FORMAT,
        "model": trained.model,
        "settings": dict(trained.settings),
        "columns": list(trained.layout.columns),
        "names": list(trained.layout.names),
        "transform": trained.transform,
        "draws": trained.draws,
        "seed": trained.seed,
        "numbers": numbers,
        "features": stored.features.as_json(),
        "provenance": stored.provenance,
    }
    text = json.dumps(words, indent=1, sort_keys=True).encode()
    with whole_file(path) as partial, zipfile.ZipFile(partial, "w") as archive:
        for name, content in (
            ("model.json", text), ("arrays.npz", _npz(arrays)), (f"model.{kind}", model),
        ):  # fmt: skip
            archive.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)


def load(path: str | Path) -> Stored:
    """Read a file of `save`; raise InputProblem for any other, or for a type it may not hold."""
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            content = {name: archive.read(name) for name in archive.namelist()}
        words = json.loads(content["model.json"])
        arrays = dict(np.load(io.BytesIO(content["arrays.npz"]), allow_pickle=False))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise InputProblem(
            f"{path}: not a predictor of the stage predict ({error}); train it again."
        ) from error
    if words["format"] != FORMAT:
        raise InputProblem(
            f"{path}: format {words['format']} of a predictor, expected {FORMAT}; train it again."
        )
    layout = Layout(
        tuple(words["columns"]), tuple(words["names"]), arrays["layout_plus"],
        arrays["layout_minus"],
    )  # fmt: skip
    numbers = words["numbers"]
    trained = Trained(
        words["model"], words["settings"], _fitted_of(content, path), layout,
        _put_together(Calibration, "calibration", arrays, numbers),
        _put_together(Domain, "domain", arrays, numbers),
        numbers["intrinsic"], words["transform"], words["draws"], words["seed"],
    )  # fmt: skip
    return Stored(trained, features_from(words["features"]), words["provenance"])


def _taken_apart(trained: Trained) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    arrays = {"layout_plus": trained.layout.plus, "layout_minus": trained.layout.minus}
    numbers = {"intrinsic": trained.intrinsic}
    for part, held in (("calibration", trained.calibration), ("domain", trained.domain)):
        for name, value in asdict(held).items():
            if isinstance(value, np.ndarray):
                arrays[f"{part}_{name}"] = value
            else:
                numbers[f"{part}_{name}"] = value
    return arrays, numbers


def _put_together(kind: Any, part: str, arrays: dict, numbers: dict) -> Any:
    both = {**arrays, **numbers}
    return kind(**{field.name: both[f"{part}_{field.name}"] for field in fields(kind)})


def _npz(arrays: dict[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(arrays):
            one = io.BytesIO()
            np.save(one, arrays[name], allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", EPOCH), one.getvalue())
    return buffer.getvalue()


def _model_bytes(fitted: Fitted) -> tuple[str, bytes]:
    if isinstance(fitted, Booster):
        return "ubj", bytes(fitted.booster.save_raw("ubj"))
    import skops.io

    return "skops", _numbered_afresh(skops.io.dumps(fitted))


def _numbered_afresh(dumped: bytes) -> bytes:
    """Return a skops file whose objects are numbered in order, not by where they lay in memory."""
    with zipfile.ZipFile(io.BytesIO(dumped)) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    schema = content.pop("schema.json").decode()
    found = dict.fromkeys(re.findall(r'"__id__": (\d+)', schema))
    number = {old: str(at) for at, old in enumerate(found)}
    schema = re.sub(r'("__id__": )(\d+)', lambda m: m[1] + number[m[2]], schema)
    files = {}
    for name in content:
        stem, dot, ending = name.partition(".")
        files[name] = f"{number.get(stem, stem)}{dot}{ending}"
        schema = schema.replace(f'"{name}"', f'"{files[name]}"')
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("schema.json", EPOCH), schema)
        for name in sorted(content, key=lambda one: files[one]):
            archive.writestr(zipfile.ZipInfo(files[name], EPOCH), content[name])
    return buffer.getvalue()


def _fitted_of(content: dict[str, bytes], path: Path) -> Fitted:
    if "model.ubj" in content:
        import xgboost

        booster = xgboost.Booster({"nthread": 1})
        booster.load_model(bytearray(content["model.ubj"]))
        return Booster(booster)
    import skops.io

    dumped = content["model.skops"]
    unknown = sorted(set(skops.io.get_untrusted_types(data=dumped)) - set(TRUSTED))
    if unknown:
        raise InputProblem(
            f"{path}: holds the type {unknown[0]}, which no predictor of the stage predict needs; "
            "do not open it, train it again."
        )
    return skops.io.loads(dumped, trusted=list(TRUSTED))
