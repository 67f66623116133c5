"""What the interactive map of the page knows of a sample: columns of numbers and their names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemtag.base.types import Floats
from chemtag.report.page.sampling import GROUPED, MEMBER, OTHER, kept_stars, tiers_of
from chemtag.survey.abundances import element_of, symbol_of

METHODS = {"umap": "UMAP", "tsne": "t-SNE", "pca": "PCA"}


@dataclass(frozen=True)
class SpaceMaps:
    """Maps of a space: UMAP of all stars, maps of several methods, and what these keep.

    Contracts embedding, maps and map_quality.
    """

    umap: pd.DataFrame
    several: pd.DataFrame
    quality: pd.DataFrame


@dataclass(frozen=True)
class SampleTables:
    """Tables of one sample by space; `embeddings` for the spaces that the config gives maps."""

    label: str
    headline_space: str
    headline_setting: str
    abundances: pd.DataFrame
    cluster: pd.Series
    spaces: Mapping[str, pd.DataFrame]
    groups: Mapping[str, pd.DataFrame]
    settings: Mapping[str, pd.DataFrame]
    embeddings: Mapping[str, SpaceMaps]
    recovered: pd.DataFrame
    oracle: str


@dataclass(frozen=True)
class SampleMap:
    """`arrays` hold one value a shown star and the star identifiers; `about` is plain JSON."""

    arrays: dict[str, npt.NDArray[Any]]
    about: dict[str, Any]


def principal_components(coordinates: Floats) -> tuple[Floats, Floats]:
    """Return the first two principal components (n, 2) and their shares of the variance (2,).

    The sign of a component is that which makes its largest loading positive.
    """
    centred = coordinates - coordinates.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred)
    first = vectors[:, ::-1][:, :2]
    largest = first[np.abs(first).argmax(axis=0), np.arange(first.shape[1])]
    total = values.sum()
    shares = values[::-1][:2] / total if total > 0 else np.zeros(2)
    return centred @ (first * np.sign(largest)), shares


def light(values: npt.ArrayLike, decimals: int = 4) -> npt.NDArray[np.float32]:
    """Return float32 numbers rounded for the page, so that they pack well."""
    return np.round(np.asarray(values, dtype=float), decimals).astype(np.float32)


def codes_of(names: pd.Series) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Return codes of names in alphabetical order, -1 for the empty name, and the names."""
    known = sorted(set(names) - {""})
    return names.map({name: i for i, name in enumerate(known)}).fillna(-1).to_numpy(np.int64), known


def group_codes(groups: pd.DataFrame, setting: str, star_id: pd.Series) -> npt.NDArray[np.int64]:
    """Return the group of each star in a setting, -1 for noise."""
    rows = groups[groups["setting"] == setting].set_index("star_id")["group"]
    return star_id.map(rows).fillna(-1).to_numpy(np.int64)


def packed(codes: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    """Return codes in the smallest of int16 and int32 that holds them."""
    return codes.astype(np.int16 if codes.max(initial=0) < 2**15 else np.int32)


def sample_map(tables: SampleTables, number: int, rng: np.random.Generator) -> SampleMap:
    """Return what the page shows of a sample: about `number` of its stars (see `kept_stars`)."""
    stars = tables.abundances
    cluster, names = codes_of(stars["star_id"].map(tables.cluster).fillna(""))
    headline = group_codes(
        tables.groups[tables.headline_space], tables.headline_setting, stars["star_id"]
    )
    tier = tiers_of(cluster, headline)
    kept = kept_stars(tier, number, rng)
    # Stars drawn later lie on top: members over groups over all others.
    kept = kept[np.argsort(-tier[kept], kind="stable")]
    arrays: dict[str, npt.NDArray[Any]] = {
        "star_id": np.frombuffer("\n".join(stars["star_id"].iloc[kept]).encode(), dtype=np.uint8),
        "cluster": packed(cluster[kept]),
    }
    for name in ("ra", "dec"):
        if name in stars and np.isfinite(stars[name]).any():
            arrays[name] = light(stars[name].to_numpy()[kept], 3)
    columns = [c for c in stars.columns if element_of(c)]
    for column in columns:
        arrays[column] = light(stars[column].to_numpy()[kept])
    about = {
        "label": tables.label,
        "stars": len(stars),
        "shown": counts_by_tier(tier, kept),
        "all": counts_by_tier(tier, np.arange(len(stars))),
        "clusters": names,
        "cluster_sizes": np.bincount(cluster[cluster >= 0], minlength=len(names)).tolist(),
        "elements": elements_of(stars, columns),
        "methods": METHODS,
        "views": add_views(arrays, tables, stars["star_id"], kept),
        "settings": add_settings(arrays, tables, stars["star_id"], kept),
        "plane": add_plane(arrays, stars, columns, kept),
    }
    return SampleMap(arrays, about)


def counts_by_tier(tier: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]) -> dict[str, int]:
    """Return how many of the rows are members, in groups of the headline without them, others."""
    named = {"members": MEMBER, "grouped": GROUPED, "others": OTHER}
    return {name: int((tier[rows] == level).sum()) for name, level in named.items()}


def elements_of(stars: pd.DataFrame, columns: Sequence[str]) -> list[dict[str, Any]]:
    """Return name, mean, scatter and typical error (dex) of each abundance of the sample."""
    found = []
    for column in columns:
        values = stars[column].to_numpy(float)
        error = stars[f"{column}_err"].median() if f"{column}_err" in stars else np.nan
        low, high = np.nanpercentile(values, [2, 98]) if np.isfinite(values).any() else (0.0, 1.0)
        found.append(
            {
                "column": column,
                "symbol": symbol_of(column),
                "mean": finite(np.nanmean(values)),
                "scatter": finite(np.nanstd(values, ddof=1)) if len(values) > 1 else None,
                "error": finite(error),
                "low": finite(low),
                "high": finite(high),
            }
        )
    return found


def finite(value: float) -> float | None:
    """Return the number to 5 decimals, or None, as JSON has no NaN."""
    return round(float(value), 5) if np.isfinite(value) else None


def add_views(
    arrays: dict[str, npt.NDArray[Any]],
    tables: SampleTables,
    star_id: pd.Series,
    kept: npt.NDArray[np.int64],
) -> list[dict[str, Any]]:
    """Add map coordinates to the arrays: UMAP and t-SNE where made, components of each space.

    A star that a map leaves out has NaN for its place there.
    """
    views = []
    for i, (space, coordinates) in enumerate(tables.spaces.items()):
        made = tables.embeddings.get(space)
        places = {} if made is None else drawn_maps(made, star_id)
        values = coordinates.set_index("star_id").loc[star_id].to_numpy(float)
        shares = np.zeros(0)
        if values.shape[1] >= 2:
            places["pca"], shares = principal_components(values)
        for method, place in places.items():
            for k, axis in enumerate("xy"):
                arrays[f"{method}{i}_{axis}"] = light(place[kept, k])
            on_map = int(np.isfinite(place[:, 0]).sum())
            views.append(
                {
                    "key": f"{method}{i}",
                    "space": space,
                    "method": method,
                    **axis_labels(method, shares),
                    "words": view_words(method, space, on_map, len(star_id), made),
                }
            )
    return views


def drawn_maps(made: SpaceMaps, star_id: pd.Series) -> dict[str, Floats]:
    """Return UMAP and, if there is one, t-SNE as places of the stars (n, 2), NaN where left out."""
    mapped = (made.several["run"] == 0) & ~made.several["placed"].astype(bool)
    tsne = made.several[(made.several["method"] == "tsne") & mapped]
    found = {"umap": made.umap} | ({"tsne": tsne} if len(tsne) else {})
    return {
        method: table.set_index("star_id")[["x", "y"]].reindex(star_id).to_numpy(float)
        for method, table in found.items()
    }


def axis_labels(method: str, shares: Floats) -> dict[str, str]:
    """Return the names of the axes of a map; `shares` of the variance (2,) for components."""
    if method == "pca":
        part = [f"({share:.0%} of the variance)" for share in shares]
        words = [f"Principal component {k} {share}" for k, share in enumerate(part, start=1)]
    else:
        words = [f"{METHODS[method]} {k} (no unit)" for k in (1, 2)]
    return dict(zip(("x_label", "y_label"), words, strict=True))


def view_words(method: str, space: str, on_map: int, n_stars: int, made: SpaceMaps | None) -> str:
    """Return in words what a map shows and how far to trust it, as the table map_quality has it."""
    if on_map < n_stars:
        stars = f"{on_map:,} of the {n_stars:,} stars, drawn at random without regard to the truth"
    else:
        stars = f"all {n_stars:,} stars"
    kind = "PCA (principal components)" if method == "pca" else METHODS[method]
    said = f"{kind} of the space {space}, {stars}."
    if made is None:
        return said
    row = made.quality[
        (made.quality["method"] == method) & (made.quality["measure"] == "neighbours_kept")
    ]
    if row.empty:
        return said
    found = row.iloc[0]
    return (
        f"{said} On maps of {found['n_stars']:,} stars by this method a star keeps "
        f"{found['value']:.0%} of its {found['n_neighbours']} nearest neighbours (by chance "
        f"{found['null']:.1%})."
    )


def add_settings(
    arrays: dict[str, npt.NDArray[Any]],
    tables: SampleTables,
    star_id: pd.Series,
    kept: npt.NDArray[np.int64],
) -> list[dict[str, Any]]:
    """Add the group of each star in each setting of each space to the arrays.

    `sizes` are those of the whole sample, not of the stars shown.
    """
    found = []
    names = tables.recovered.sort_values(["group", "cluster"]).drop_duplicates("group")
    for i, space in enumerate(tables.spaces):
        for j, setting in enumerate(tables.settings[space]["setting"]):
            group = group_codes(tables.groups[space], setting, star_id)
            here = space == tables.headline_space
            headline = here and setting == tables.headline_setting
            recovers = dict(zip(names["group"], names["cluster"], strict=True)) if headline else {}
            arrays[f"groups{i}_{j}"] = packed(group[kept])
            found.append(
                {
                    "key": f"groups{i}_{j}",
                    "space": space,
                    "setting": setting,
                    "headline": headline,
                    "oracle": here and setting == tables.oracle,
                    "sizes": np.bincount(group[group >= 0]).tolist(),
                    "recovers": {str(code): name for code, name in recovers.items()},
                }
            )
    return found


def add_plane(
    arrays: dict[str, npt.NDArray[Any]],
    stars: pd.DataFrame,
    columns: Sequence[str],
    kept: npt.NDArray[np.int64],
) -> dict[str, str] | None:
    """Add the plane of [Mg/Fe] and [Fe/H] to the arrays, if the sample has iron and magnesium."""
    if "fe_h" not in columns or not {"mg_fe", "mg_h"} & set(columns):
        return None
    if "mg_fe" not in columns:
        ratio = stars["mg_h"].to_numpy(float) - stars["fe_h"].to_numpy(float)
        arrays["plane_mg_fe"] = light(ratio[kept])
    return {"x": "fe_h", "y": "mg_fe" if "mg_fe" in columns else "plane_mg_fe"}
