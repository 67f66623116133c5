"""The figures of a sample, drawn of the small tables of tables_for_figures."""

from pathlib import Path

import pandas as pd
import yaml
from matplotlib.figure import Figure
from tables_for_figures import ELEMENTS, SETTING, Tables

from chemtag.paper.figures import (
    coherence,
    funnel,
    grid,
    overview,
    patterns,
    recovery,
    settings,
    story,
)
from chemtag.paper.figures import map as maps
from chemtag.paper.figures import purity_completeness as plane

ROOT = Path(__file__).parents[3]
SHEET = ROOT / "workflow" / "style" / "aanda.mplstyle"
PUBLISHED = ROOT / "resources" / "published" / "casamiquela2021_recovery.yaml"
LABELS = {
    "idealised": "Ideal sample",
    "clusters": "Survey, clusters only",
    "field": "Survey, clusters in the field",
}
SCALE = "Asplund et al. (2009)"
ABOUT = {"solar_scale": SCALE}


def published() -> dict:
    return yaml.safe_load(PUBLISHED.read_text())


def recovery_rows(tables: Tables) -> pd.DataFrame:
    curves = dict.fromkeys(LABELS, tables.recovery)
    sizes = dict.fromkeys(LABELS, tables.recovery_sizes)
    return recovery.data(curves, sizes, published(), ["idealised"])


def scan_recovery(tables: Tables) -> pd.DataFrame:
    """The tagger of known width recovers what the headline does."""
    curve = tables.recovery[tables.recovery["role"] == "headline"]
    levels = ("claims", "listed", "candidates", "linkage")
    return pd.concat([curve.assign(level=level) for level in levels])


def story_rows(tables: Tables) -> pd.DataFrame:
    scanned = dict.fromkeys(list(LABELS)[:1], scan_recovery(tables))
    repeated = dict.fromkeys(list(LABELS)[:1], repeats())
    return story.data(dict.fromkeys(LABELS, tables.recovery), scanned, repeated)


def repeats() -> pd.DataFrame:
    """Scores over 20 other seeds."""
    table = pd.DataFrame({"score": ["rf40", "rf70"], "mean": [0.39, 0.05], "sd": [0.09, 0.06]})
    return table.assign(n_realisations=20, share_as_high=0.6)


def grid_rows(tables: Tables) -> pd.DataFrame:
    scores, settings = (
        dict.fromkeys(["raw", "zscore"], table) for table in (tables.scores, tables.settings)
    )
    curves = {"raw": tables.recovery, "zscore": tables.recovery.iloc[:0]}
    return grid.data(scores, settings, curves, "raw", SETTING)


def map_rows(tables: Tables) -> pd.DataFrame:
    return maps.data(tables.embedding, tables.members, tables.groups, tables.t2, SETTING)


def draw(kind: str, tables: Tables) -> Figure:
    """The figure `kind` of a sample."""
    if kind == "map":
        return maps.draw(map_rows(tables), "Ideal sample", "raw", SETTING)
    if kind == "plane":
        t1 = tables.t1
        return plane.draw(plane.data(t1), t1, "Ideal sample")
    if kind == "patterns":
        data = patterns.data(tables.coherence, tables.elements)
        return patterns.draw(data, tables.elements, ELEMENTS, "Ideal sample", ABOUT)
    if kind == "coherence":
        data = coherence.data(tables.coherence, tables.elements)
        return coherence.draw(data, tables.elements, ELEMENTS, "Ideal sample", ABOUT)
    if kind == "funnel":
        return funnel.draw(funnel.data(tables.funnel), "Ideal sample")
    if kind == "grid":
        return grid.draw(grid_rows(tables), "Ideal sample", ["raw", "zscore"])
    if kind == "overview":
        data = overview.data(tables.abundances, tables.members, tables.t2, ELEMENTS)
        about = overview.about(tables.abundances, ELEMENTS)
        return overview.draw(data, "Ideal sample", about | ABOUT)
    if kind == "settings":
        return settings.draw(settings.data(tables.t4), "Ideal sample", ["raw", "zscore"])
    if kind == "recovery":
        return recovery.draw(recovery_rows(tables), LABELS, published())
    return story.draw(story_rows(tables), dict.fromkeys(LABELS, tables.funnel), LABELS)


KINDS = [
    "map", "plane", "patterns", "coherence", "funnel", "grid", "overview", "settings", "recovery",
    "story",
]  # fmt: skip
