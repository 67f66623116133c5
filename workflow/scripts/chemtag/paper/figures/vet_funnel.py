"""From the stars of a sample to candidates that independent data support."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from chemtag.paper.figures.style import COLOURS, COLUMN_MM, GREY, counted, new_figure

TONES = {"supported": COLOURS[2], "contradicted": COLOURS[1], "cannot tell": GREY}


def data(vetting: pd.DataFrame, verdicts: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract figure_vet_funnel): candidates left at each step."""
    strong = vetting[vetting["power_70"] >= 0.8]
    steps = {
        "candidates": len(verdicts),
        "a datum of enough stars": int((verdicts["n_data"] > 0).sum()),
        "a datum of power 0.8 at purity 0.7": strong["group"].nunique(),
    }
    counts = {f"{verdict}": int((verdicts["verdict"] == verdict).sum()) for verdict in TONES}
    rows = [{"step": name, "n_groups": n, "verdict": ""} for name, n in steps.items()]
    rows += [{"step": name, "n_groups": n, "verdict": name} for name, n in counts.items()]
    return pd.DataFrame(rows)


def about(verdicts: pd.DataFrame) -> dict[str, object]:
    """Return what the drawn data say of their making: which data were simulated."""
    return {"simulated": list(verdicts.attrs.get("simulated", []))}


def draw(data: pd.DataFrame, about: dict[str, object], label: str) -> Figure:
    """Draw a bar a step, and a bar a verdict below."""
    figure = new_figure(COLUMN_MM, 62)
    axes = figure.subplots()
    places = [i + 0.5 * bool(verdict) for i, verdict in enumerate(data["verdict"])]
    tones = [TONES.get(verdict, COLOURS[0]) for verdict in data["verdict"]]
    axes.barh(places, data["n_groups"], height=0.62, color=tones, alpha=0.6, lw=0)
    most = max(int(data["n_groups"].max()), 1)
    for place, number in zip(places, data["n_groups"], strict=True):
        axes.annotate(
            f"{number:,}", (number, place), xytext=(3, 0), textcoords="offset points",
            va="center", fontsize=6.5,
        )  # fmt: skip
    axes.set_yticks(places, data["step"])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(max(places) + 0.6, -0.6)
    axes.set_xlim(0, most * 1.15)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    simulated = "; simulated data" if about["simulated"] else ""
    axes.set_xlabel(f"Candidates{simulated}")
    axes.set_title(f"{label}: {counted(int(data['n_groups'].iloc[0]), 'candidate')}")
    return figure
