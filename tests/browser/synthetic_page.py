"""A page of made-up stars, as large as asked for, without running the workflow."""

from pathlib import Path

import numpy as np
import pandas as pd

from chemtag.report.page.document import page_text
from chemtag.report.page.sample_map import SampleTables, SpaceMaps, sample_map
from chemtag.report.page.tables import page_table

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "workflow" / "templates"
ELEMENTS = [
    "fe_h", "c_fe", "n_fe", "o_fe", "na_fe", "mg_fe", "al_fe", "si_fe", "s_fe", "k_fe", "ca_fe",
    "ti_fe", "v_fe", "cr_fe", "mn_fe", "co_fe", "ni_fe",
]  # fmt: skip
STARS_OF_A_GROUP = 12


def made_up_tables(n_stars: int, n_groups: int, n_settings: int, seed: int = 3) -> SampleTables:
    """Tables of a sample with `n_groups` groups of 12 stars; the first ten groups are clusters."""
    rng = np.random.default_rng(seed)
    star_id = [f"2M{i:08d}+{seed:07d}" for i in range(n_stars)]
    values = rng.normal(0, 0.15, (n_stars, len(ELEMENTS)))
    grouped = rng.permutation(n_stars)[: n_groups * STARS_OF_A_GROUP]
    number = np.repeat(np.arange(n_groups), STARS_OF_A_GROUP)
    centres = rng.normal(0, 0.15, (n_groups, len(ELEMENTS)))
    values[grouped] = centres[number] + rng.normal(0, 0.01, (len(grouped), len(ELEMENTS)))
    abundances = pd.DataFrame(values, columns=ELEMENTS)
    abundances.insert(0, "star_id", star_id)
    abundances.insert(1, "ra", rng.uniform(0, 360, n_stars))
    abundances.insert(2, "dec", np.degrees(np.arcsin(rng.uniform(-1, 1, n_stars))))
    ids = abundances["star_id"].to_numpy()
    member = number < 10
    cluster = pd.Series([f"NGC {k:04d}" for k in number[member]], index=ids[grouped[member]])
    settings = [f"euclidean-leaf-mcs{k + 3}-ms3" for k in range(n_settings)]
    rows = [
        pd.DataFrame({"setting": setting, "star_id": ids[grouped], "group": number})
        for setting in settings
    ]
    embedding = pd.DataFrame({"star_id": ids, "x": values[:, 0] * 9, "y": values[:, 5] * 9})
    embedding[["x", "y"]] += rng.normal(0, 0.3, (n_stars, 2))
    space = pd.DataFrame(values, columns=ELEMENTS).assign(star_id=star_id)
    maps = made_up_maps(embedding, rng)
    return SampleTables(
        label=f"Made-up sample of {n_stars:,} stars",
        headline_space="raw",
        headline_setting=settings[0],
        abundances=abundances,
        cluster=cluster,
        spaces={"raw": space, "zscore": space.assign(fe_h=2 * space["fe_h"])},
        groups={"raw": pd.concat(rows), "zscore": rows[0]},
        settings={
            "raw": pd.DataFrame({"setting": settings}),
            "zscore": pd.DataFrame({"setting": settings[:1]}),
        },
        embeddings={"raw": maps},
        recovered=pd.DataFrame(
            {"group": range(10), "cluster": [f"NGC {k:04d}" for k in range(10)]}
        ),
        oracle=settings[-1],
    )


def made_up_maps(umap: pd.DataFrame, rng: np.random.Generator) -> SpaceMaps:
    """Maps of which the t-SNE holds half of the stars, twice."""
    chosen = umap.iloc[np.sort(rng.choice(len(umap), len(umap) // 2, replace=False))]
    runs = [
        chosen.assign(method=method, run=run, placed=False, x=chosen["y"] + run, y=chosen["x"])
        for method in ("tsne", "umap")
        for run in (0, 1)
    ]
    quality = [
        {"method": method, "measure": "neighbours_kept", "value": value, "null": 0.004,
         "n_neighbours": 15, "n_stars": len(chosen)}
        for method, value in (("umap", 0.6), ("tsne", 0.7), ("pca", 0.3))
    ]  # fmt: skip
    return SpaceMaps(umap=umap, several=pd.concat(runs), quality=pd.DataFrame(quality))


def made_up_page(
    sizes: dict[str, int], cap: int = 50_000, n_settings: int = 20, more: tuple[dict, ...] = (),
    answers: tuple[dict, ...] = (),
) -> str:  # fmt: skip
    """HTML of a page with one made-up sample of each size, `more` tables and `answers`."""
    samples = {}
    for i, (name, size) in enumerate(sizes.items()):
        tables = made_up_tables(size, n_groups=min(300, size // 40), n_settings=n_settings, seed=i)
        samples[name] = sample_map(tables, cap, np.random.default_rng(1))
    funnel = pd.DataFrame(
        {
            "step": [0, 1, 2], "cut": ["read", "snr", "missing"], "detail": ["", "S/N > 70", "all"],
            "stars_left": [90, 80, 9], "stars_lost": [0, 10, 71], "members_left": [9, 8, 7],
            "clusters_left": [3, 2, 2],
        }
    )  # fmt: skip
    first = next(iter(sizes))
    groups = pd.DataFrame({"group": [2, 1, 0], "purity": [0.5, np.nan, 1.0], "n_stars": [12] * 3})
    rows = [
        {**page_table(funnel, "funnel", "select/a.funnel.ecsv"), "picks": {}},
        {**page_table(groups, "table_groups", "paper/tables/groups_a.ecsv"), "picks": {0: "group"}},
    ]
    tables = [
        {"heading": heading, "tables": [{**row, "sample": first, "label": first}]}
        for heading, row in zip(("Stars lost", "Groups"), rows, strict=True)
    ]
    pixel = (
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAA"
        "AACklEQVR42mP4DwABAQEAHLCMmQAAAABJRU5ErkJggg=="
    )
    picture = {
        "heading": "A figure", "address": pixel, "alt": "One pixel", "width": 1, "height": 1,
        "caption": "<p>A caption.</p>", "pdf": "a.pdf", "drawn": "a.ecsv",
    }  # fmt: skip
    return page_text(
        TEMPLATES,
        samples,
        {
            "run": "made-up", "answers": answers, "figures": [picture], "further": [],
            "tables": [*more, *tables],
            "words": "<p>Words.</p>",
        },
    )  # fmt: skip
