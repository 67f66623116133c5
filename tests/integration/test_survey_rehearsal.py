"""A survey of invented stars in the layout of APOGEE DR17: from an archive to scores and figures.

`config/apogee-dr17.yaml` itself is run: its datasets come from a server on 127.0.0.1 through
`mirrors`, all later steps in a namespace without network. Both datasets have no published digest,
so the invented files pass the same verification as real ones: structure now, digest ever after.
The whole survey takes minutes and about 5 GB of disk: `pytest -m slow -k rehearsal -s`.
"""

import json
import mmap
import os
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from astropy.io import fits

from archive_server import running
from chemtag.base.tables import read_table
from dr17_layout import SPEC_BITS, formats, mock_survey, write_allstar, write_occam

ROOT = Path(__file__).resolve().parents[2]
CONFIG = "config/apogee-dr17.yaml"
WHOLE = 734_000
STARS = "/sas/dr17/apogee/spectro/aspcap/dr17/synspec_rev1/allStarLite-dr17-synspec_rev1.fits"
MEMBERS = "/sas/dr17/apogee/vac/apogee-occam/occam_member-DR17.fits"
ELEMENTS = ["fe", "mg", "si", "o", "ca", "al", "ni", "mn", "k", "s", "ti", "cr"]
RESULTS = "results/apogee-dr17"
TARGETS = [
    f"{RESULTS}/select/clusters.abundances.parquet",
    f"{RESULTS}/select/clump.abundances.parquet",
    f"{RESULTS}/score/field.error_scaled.scores.ecsv",
    f"{RESULTS}/paper/figures/funnel_field.pdf",
    f"{RESULTS}/paper/figures/purity_completeness_field.pdf",
]
TARGETS_OF_THE_WHOLE = [
    f"{RESULTS}/paper/figures/recovery.pdf",
    *(
        f"{RESULTS}/paper/figures/{figure}_{sample}.pdf"
        for figure in ("funnel", "purity_completeness", "grid", "patterns", "coherence")
        for sample in ("clusters", "field")
    ),
]
# Fewer settings and draws, and the red clump by its spectrum as the overlay's comments describe it.
SMALL = {
    "samples": {
        "field": {
            "spaces": ["error_scaled"],
            "grid": {"min_cluster_size": [5], "min_samples": [3], "method": ["leaf"]},
        },
        "clump": {
            "catalog": "apogee",
            "stars": "all",
            "elements": ["fe", "mg"],
            "cuts": {
                "masks": {"logg": "resources/bitmasks/apogee_paramflag.yaml"},
                "require_flags": {"logg": ["SPEC_RC"]},
                "duplicates": "best_snr",
            },
        },
    },
    "score": {"permutations": 20, "bootstrap": 20},
}

HEADLINE = {
    "samples": {sample: {"spaces": ["error_scaled"]} for sample in ("clusters", "field")},
    "score": {"permutations": 100, "bootstrap": 100},
}


class Rehearsal:
    """A checkout, the mock, and the overlay of the config that names the archive."""

    def __init__(self, checkout, total):
        self.checkout, self.folder = checkout, checkout.folder
        self.mock = mock_survey(total, seed=3)
        self.archived = self.folder.parent / "archive"
        self.archived.mkdir()
        write_allstar(self.archived / "stars.fits", self.mock)
        write_occam(self.archived / "members.fits", self.mock.members)
        self.overlay = self.folder.parent / "overlay.yaml"

    def fetch(self, settings):
        """Fetch from an archive that fails twice; return what it was asked for the stars."""
        with running() as archive, (self.archived / "stars.fits").open("rb") as file:
            whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            archive.files[STARS] = memoryview(whole)
            archive.files[MEMBERS] = (self.archived / "members.fits").read_bytes()
            archive.faults[STARS] = ["503", "reset 0.4"]
            mirrors = {"https://data.sdss.org/sas/": f"{archive.url}/sas/"}
            self.overlay.write_text(yaml.safe_dump({"mirrors": mirrors, **settings}))
            self.run([], "fetch")
            return archive.asked(STARS)

    def run(self, before, *targets):
        """Run Snakemake with the overlay; `before` is put in front of the command."""
        arguments = ["--cores", "2", "--configfile", CONFIG, self.overlay, "--", *targets]
        run = subprocess.run(
            [*before, *self.checkout.command(*arguments)],
            cwd=self.folder,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "MPLBACKEND": "agg", "NO_PROXY": "127.0.0.1"},
            check=False,
        )
        assert run.returncode == 0, run.stdout[-6000:]
        return run.stdout

    def table(self, path):
        return read_table(self.folder / RESULTS / path)


def without_network():
    """Command that runs another one without any network, where the system allows it."""
    command = ["unshare", "--map-root-user", "--net"]
    if shutil.which("unshare") is None:
        return []
    allowed = subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0
    return command if allowed else []


@pytest.fixture(scope="module")
def rehearsal(new_checkout):
    rehearsal = Rehearsal(new_checkout("rehearsal"), 3000)
    rehearsal.asked = rehearsal.fetch(SMALL)
    rehearsal.run(without_network(), *TARGETS)
    return rehearsal


def expected_sample(mock, members_only):
    """Identifiers of the stars that the cuts leave, from the drawn table and numbers of bits."""
    entries = mock.entries
    bad = {"flag_star": [0, 3, 18, 22], "target": [1, 2, 4]}
    bad["flag_pipeline"] = [16, 17, 23, 25, 26, 28, 31, 32, 33, 34, 35, 36, 40, 41]
    for column, bits in bad.items():
        entries = entries[(entries[column].to_numpy() & sum(1 << bit for bit in bits)) == 0]
    entries = entries.sort_values("snr").drop_duplicates("star_id", keep="last")
    columns = ["fe_h", *(f"{element}_fe" for element in ELEMENTS[1:])]
    stored = entries[["snr", "teff", "logg", *columns]].astype("float32").astype(float)
    good = (stored["snr"] >= 100) & stored["teff"].between(4000, 5200)
    good &= stored["logg"].between(1.0, 3.3) & stored["fe_h"].between(-0.9, 0.5)
    for column in columns:
        good &= stored[column].notna()
        good &= (entries[f"{column}_flag"].to_numpy() & 0b1001101) == 0
    if members_only:
        good &= entries["star_id"].isin(expected_members(mock).index)
    return sorted(entries.loc[good, "star_id"])


def expected_members(mock):
    """Cluster of each member."""
    rows = mock.members
    rows = rows[(rows["CG_PROB"] > 0.7) & (rows["RV_PROB"] > 0.01)]
    return (
        rows.sort_values("CG_PROB")
        .drop_duplicates("APOGEE_ID", keep="last")
        .set_index("APOGEE_ID")["CLUSTER"]
    )


@pytest.fixture
def copied(extracts):
    """Columns of DR17 that Montalban et al. (2021) copied for 95 giants."""
    path = extracts / "apogee" / "Montalban2021_X_APOGEE_DR17.fits"
    if not path.exists():
        pytest.skip(f"no {path.name} in the folder of survey extracts beside the checkout")
    with fits.open(path, memmap=False) as hdus:
        yield hdus[1]


def test_the_layout_is_that_of_the_release(copied):
    columns = [(column.name, column.format) for column in copied.columns]
    start = [name for name, _ in columns].index("APOGEE_ID")
    assert formats() == columns[start : start + len(formats())]


def test_in_dr17_the_flag_of_log_g_alone_tells_clump_from_branch(copied):
    def marked(values):
        return int(((np.asarray(values, dtype=np.int64) & SPEC_BITS) != 0).sum())

    assert marked(copied.data["PARAMFLAG"][:, 1]) == 94
    others = [name for name in copied.columns.names if name.endswith(("_FE_FLAG", "FE_H_FLAG"))]
    assert len(others) == 22
    assert all(marked(copied.data[name]) == 0 for name in others)


def test_the_download_went_on_where_it_broke_and_is_recorded(rehearsal):
    assert rehearsal.asked[:2] == [None, None], "503, then a body that breaks"
    assert rehearsal.asked[2].startswith("bytes="), "then the rest"
    for dataset in ("apogee_dr17_lite", "occam_members_dr17"):
        record = rehearsal.folder / "resources/downloads" / dataset / "verified.json"
        facts = json.loads(record.read_text())
        digests = yaml.safe_load((record.parents[1] / "digests.yaml").read_text())
        assert digests[dataset]["sha256"] == facts["sha256"]


def test_a_changed_file_is_refused_by_the_digest_of_the_first_fetch(rehearsal):
    downloads = rehearsal.folder / "resources/downloads"
    path = downloads / "occam_members_dr17/occam_member-DR17.fits"
    record = path.with_name("verified.json")
    whole, known = path.read_bytes(), record.read_bytes()
    times = record.stat()
    try:
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        record.unlink()
        with pytest.raises(AssertionError, match=r"digests\.yaml"):
            rehearsal.run(without_network(), "fetch")
    finally:
        path.write_bytes(whole)
        record.write_bytes(known)
        os.utime(record, ns=(times.st_atime_ns, times.st_mtime_ns))


@pytest.mark.parametrize("sample", ["clusters", "field"])
def test_the_sample_is_what_the_cuts_leave(rehearsal, sample):
    table = rehearsal.table(f"select/{sample}.abundances.parquet")
    expected = expected_sample(rehearsal.mock, sample == "clusters")
    assert table["star_id"].tolist() == expected
    assert len(expected) > 200
    funnel = rehearsal.table(f"select/{sample}.funnel.ecsv")
    assert funnel["stars_left"].iloc[0] == len(rehearsal.mock.entries)
    assert funnel["stars_left"].iloc[-1] == len(expected)
    assert (funnel["stars_left"].diff()[1:] == -funnel["stars_lost"][1:]).all()


def test_members_come_from_motions_alone(rehearsal):
    members = rehearsal.table("survey/apogee.members.ecsv").set_index("star_id")["cluster"]
    expected = expected_members(rehearsal.mock).sort_index()
    pd.testing.assert_series_equal(members.sort_index(), expected, check_names=False)
    chemistry = rehearsal.mock.members.set_index("APOGEE_ID")["FEH_PROB"]
    assert (chemistry[chemistry.index.isin(members.index)] == 0).any()
    assert not {"SIM 90", "SIM 91"} & set(members), "fast stars and stars without Gaia"


def test_red_clump_stars_by_the_flag_of_log_g(rehearsal):
    entries = rehearsal.mock.entries
    clump = entries[(entries["logg_flag"].to_numpy() & (1 << 24)) != 0]
    table = rehearsal.table("select/clump.abundances.parquet")
    measured = clump.sort_values("snr").drop_duplicates("star_id", keep="last")
    measured = measured.dropna(subset=["fe_h", "mg_fe"])
    assert table["star_id"].tolist() == sorted(measured["star_id"])


def test_scores_and_figures_are_there(rehearsal):
    scores = rehearsal.table("score/field.error_scaled.scores.ecsv")
    rf40 = scores[scores["metric"] == "rf40"]
    assert rf40["value"].between(0, 1).all()
    assert (rf40["n_null"] == 20).all()
    assert all((rehearsal.folder / target).stat().st_size > 0 for target in TARGETS)


def test_another_mirror_verifies_the_files_again_and_repeats_nothing_else(rehearsal):
    other = yaml.safe_load(rehearsal.overlay.read_text())
    other["mirrors"] = {"https://data.sdss.org/": "http://127.0.0.1:9/"}
    path = rehearsal.overlay.with_name("other.yaml")
    path.write_text(yaml.safe_dump(other))
    arguments = ["--cores", "1", "--configfile", CONFIG, path, "--", *TARGETS]
    plan = rehearsal.checkout.snakemake("--dry-run", *arguments).stdout
    assert "fetch_dataset" in plan
    assert "read_catalog" not in plan


@pytest.mark.slow
def test_rehearsal_of_the_whole_survey(new_checkout):
    """The config in its headline space with a tenth of the draws; prints time and memory."""
    total = int(os.environ.get("CHEMTAG_REHEARSAL_ROWS", WHOLE))
    rehearsal = Rehearsal(new_checkout("whole"), total)
    started = time.monotonic()
    rehearsal.fetch(HEADLINE)
    fetched = time.monotonic()
    rehearsal.run(without_network(), *TARGETS_OF_THE_WHOLE)
    size = (rehearsal.archived / "stars.fits").stat().st_size
    print(f"\n{total} rows, {size / 1e9:.2f} GB; fetch {fetched - started:.0f} s, ", end="")
    print(f"run {time.monotonic() - fetched:.0f} s wall")
    for path in sorted((rehearsal.folder / "benchmarks").rglob("*.jsonl")):
        facts = json.loads(path.read_text().splitlines()[0])
        name = path.relative_to(rehearsal.folder / "benchmarks/apogee-dr17").with_suffix("")
        print(f"{name!s:50s} {facts['s']:8.1f} s {facts['max_rss'] or np.nan:8.0f} MB")
    for sample in ("clusters", "field"):
        table = rehearsal.table(f"select/{sample}.abundances.parquet")
        assert table["star_id"].tolist() == expected_sample(rehearsal.mock, sample == "clusters")
        funnel = rehearsal.table(f"select/{sample}.funnel.ecsv")
        print(funnel[["cut", "stars_left", "members_left", "clusters_left"]].to_string())
    reading = next((rehearsal.folder / "benchmarks").rglob("read_catalog/apogee.jsonl"))
    assert json.loads(reading.read_text().splitlines()[0])["max_rss"] < 2048
