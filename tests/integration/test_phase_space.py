"""Stars tagged by proper motions and parallax, alone and beside abundances, from config to page."""

import copy

import numpy as np
import pandas as pd
import pytest
import yaml

from chemtag.base.tables import read_table
from chemtag.tag.spaces import space_in

ASTROMETRY = ["pmra", "pmdec", "parallax"]
ELEMENTS = ["fe", "mg", "si"]
GRID = {"min_cluster_size": [8], "min_samples": [5], "method": ["leaf"]}
HEADLINE = {"space": "error_scaled", "min_cluster_size": 8, "min_samples": 5}
SAMPLE = {"catalog": "gaia", "spaces": ["error_scaled"], "grid": GRID, "headline": HEADLINE}
CONFIG = {
    "run": "motion",
    "catalogs": {
        "gaia": {
            "kind": "table",
            "path": "gaia.csv",
            "ratio": "x_fe",
            "columns": {"star_id": "source_id", "ra": "ra", "dec": "dec"},
            "elements": {e: {"value": e, "error": f"e_{e}"} for e in ELEMENTS},
            "quantities": {"phot_g_mean_mag": {"value": "phot_g_mean_mag"}},
            "members": {"cluster": "cluster"},
        }
    },
    "samples": {
        "motion": {**SAMPLE, "features": {"astrometry": ASTROMETRY}},
        "both": {**SAMPLE, "features": {"chemistry": ELEMENTS, "astrometry": ASTROMETRY}},
        "blind": {
            **SAMPLE,
            "features": {"astrometry": ASTROMETRY},
            "truth": "none",
            "cuts": {"windows": {"phot_g_mean_mag": {"max": 18}}},
        },
    },
    "tag": {"draws": 2, "permutations_of_rows": 1},
    "limits": {"nulls": {"replicates": 2}, "perturbations": 2, "halves": 10, "pairs": 2000},
    "score": {"permutations": 20, "bootstrap": 20, "other_clusters": 4},
    "embed": {"iterations": 50},
}
CORRELATION = 0.4


def gaia_table() -> pd.DataFrame:
    """Ten clusters of fifteen stars among 350 field stars, with correlated errors, as in Gaia."""
    rng = np.random.default_rng(23)
    cluster = np.array([""] * 350 + [f"Sim {i}" for i in range(10) for _ in range(15)])
    n = len(cluster)
    truth = np.column_stack([rng.normal(0, 6, (n, 2)), rng.exponential(0.8, n) + 0.1])
    truth[350:] = np.repeat(
        np.column_stack([rng.normal(0, 5, (10, 2)), rng.uniform(0.3, 2, 10)]), 15, axis=0
    )
    error = 0.03 * rng.uniform(0.5, 2, n)
    turn = np.linalg.cholesky([[1, CORRELATION, 0], [CORRELATION, 1, 0], [0, 0, 1]])
    truth += error[:, None] * (rng.standard_normal((n, 3)) @ turn.T)
    table = pd.DataFrame({"source_id": 4_000_000_000_000_000_000 + np.arange(n)})
    table["ra"], table["dec"] = rng.uniform(120, 124, n), rng.uniform(-2, 2, n)
    for column, name in enumerate(ASTROMETRY):
        table[name], table[f"{name}_error"] = truth[:, column], error
    table["pmra_pmdec_corr"] = CORRELATION
    table["phot_g_mean_mag"] = rng.uniform(12, 17.9, n)
    centres = rng.normal(0, 0.15, (10, 3))
    values = rng.normal(0, 0.15, (n, 3))
    values[350:] = np.repeat(centres, 15, axis=0) + rng.normal(0, 0.03, (150, 3))
    for column, element in enumerate(ELEMENTS):
        table[element], table[f"e_{element}"] = values[:, column].round(3), 0.03
    return table.assign(cluster=cluster)


def placed(checkout, config: dict, table: pd.DataFrame) -> str:
    """Put the stars and the config of a run into a checkout; the path of the config."""
    table.to_csv(checkout.folder / "gaia.csv", index=False)
    path = checkout.folder / f"{config['run']}.yaml"
    path.write_text(yaml.safe_dump(config))
    return str(path)


@pytest.fixture(scope="module")
def scored(warm_checkout):
    """Results up to the scores of two samples; the whole run to the page is slow."""
    checkout = warm_checkout("scored")
    config = placed(checkout, CONFIG, gaia_table())
    folder = checkout.folder / "results" / "motion"
    tables = [f"results/motion/score/{s}.error_scaled.scores.ecsv" for s in ("motion", "both")]
    checkout.snakemake(*tables, "--cores", "2", "--configfile", config)
    return folder


@pytest.fixture(scope="module")
def run(new_checkout):
    checkout = new_checkout("motion")
    config = placed(checkout, CONFIG, gaia_table())
    finished = checkout.snakemake("--cores", "2", "--configfile", config)
    return checkout.folder / "results" / "motion", finished.stdout


def rf40(folder, sample: str) -> float:
    scores = read_table(folder / "score" / f"{sample}.error_scaled.scores.ecsv", "scores")
    return float(scores.loc[scores["metric"] == "rf40", "value"].iloc[0])


def test_the_same_tagger_and_scorer_recover_clusters_in_phase_space(scored):
    assert rf40(scored, "motion") >= 0.8
    assert rf40(scored, "both") >= 0.8


def test_errors_and_correlations_are_in_the_covariance_of_the_space(scored):
    stem = "space/both.error_scaled"
    table = read_table(scored / f"{stem}.parquet", "space")
    stars = space_in(table, read_table(scored / f"{stem}.errors.parquet", "space_errors"))
    known = gaia_table().sort_values("source_id")["pmra_error"].to_numpy()
    pmra, pmdec = stars.names.index("pmra"), stars.names.index("pmdec")
    covariance, divisor = stars.covariances, table.attrs["divisor"]
    assert covariance[:, pmra, pmra] == pytest.approx((known / divisor[pmra]) ** 2)
    assert covariance[:, pmra, pmdec] == pytest.approx(
        CORRELATION * known**2 / (divisor[pmra] * divisor[pmdec])
    )
    assert not covariance[:, pmra, stars.names.index("fe_h")].any()


@pytest.mark.slow
def test_the_page_has_all_samples_and_figures_of_abundances_are_absent_with_a_reason(run):
    folder, said = run
    page = (folder / "report" / "index.html").read_text()
    assert all(word in page for word in ("motion", "both", "blind", "500 stars"))
    figures = {path.stem for path in (folder / "paper" / "figures").glob("*.pdf")}
    assert {"map_motion", "map_both", "map_blind", "coherence_both", "story"} <= figures
    assert not {"coherence_motion", "patterns_motion", "coherence_blind"} & figures
    assert said.count("motion: tagged by astrometry, so that figures of abundances") == 1
    assert not (folder / "paper" / "manuscript.pdf").exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"features": {"velocities": ["pmra", "pmdec"]}}, "unknown key 'velocities' at samples"),
        ({"features": {"astrometry": ["pm_ra", "pmdec"]}}, "'pm_ra' is not one of"),
        ({"features": {}}, "features"),
        ({"features": {"astrometry": ["pmra"]}}, "give `features: {chemistry: [fe, mg]}`"),
        ({"features": None}, "is None"),
        ({"spaces": ["raw"], "headline": {**HEADLINE, "space": "raw"}}, "adds dex to mas"),
        ({"spaces": ["signal"], "headline": {**HEADLINE, "space": "signal"}}, "width of a birth"),
    ],
)
def test_wrong_features_are_one_sentence(refusal, change, words):
    config = copy.deepcopy(CONFIG)
    config["samples"] = {"both": config["samples"]["both"] | change}
    assert words in refusal(config, {"gaia.csv": gaia_table()})


def test_a_catalogue_without_errors_is_refused_until_it_says_so(refusal):
    config = copy.deepcopy(CONFIG)
    config["samples"] = {"motion": config["samples"]["motion"]}
    table = gaia_table().drop(columns="pmdec_error")
    said = refusal(config, {"gaia.csv": table})
    assert "column 'pmdec_error' (quantities/pmdec/error) is missing" in said
    config["catalogs"]["gaia"]["quantities"] = {n: {"value": n} for n in ASTROMETRY}
    said = refusal(config, {"gaia.csv": table})
    assert "names none of 'pmra'; add quantities/pmra/error" in said
