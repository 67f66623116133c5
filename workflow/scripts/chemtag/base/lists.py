"""Lists of members that a sample is scored against beside its truth: what the config may say."""

from collections.abc import Mapping
from typing import Any

from chemtag.base.found import check_source, settle_setting
from chemtag.base.problems import InputProblem

SOURCES = ("truth", "sample", "members")
REFERENCE = "truth"
"""Name, beside those of the lists, of what the sample is scored by everywhere else."""


def settle_lists(config: Mapping[str, Any]) -> None:
    """Fill in labels, settings and the order of cuts of `score/lists`, and refuse what is no list.

    `config` is checked by its schema, its samples are whole. Raises `InputProblem` for an unknown
    sample, one without scores, a list of no source or of several, one of groups that `truth` would
    refuse as well, births of a real catalogue, and cuts where a table names no probability.
    """
    samples = config["samples"]
    for sample, lists in config["score"]["lists"].items():
        key = f"config: score/lists/{sample}"
        if sample not in samples:
            raise InputProblem(f"{key} is not under samples; there are {', '.join(samples)}.")
        if samples[sample]["truth"] == "none" or not samples[sample]["whole"]:
            raise InputProblem(
                f"{key}: this sample is not scored (`truth: none` or `whole: false`); give it a "
                "truth, which its lists are compared with, or take its lists out."
            )
        catalog = config["catalogs"][samples[sample]["catalog"]]
        for name, block in lists.items():
            block.setdefault("label", name)
            block["cuts"] = sorted(block["cuts"])
            _check_list(f"{key}/{name}", block, catalog)
            if "sample" in block:
                check_source(f"{key}/{name}", sample, block["sample"], samples)
                _refuse_circle(f"{key}/{name}", block["sample"], config)
                settle_setting(f"{key}/{name}", block, samples)
        _refuse_like_labels(key, lists)


def _refuse_circle(key: str, other: str, config: Mapping[str, Any]) -> None:
    """Refuse groups of a sample whose stars follow from groups of another sample in turn."""
    lists = config["score"]["lists"].get(other, {})
    if any("sample" in block for block in lists.values()):
        raise InputProblem(
            f"{key}/sample is {other!r}, which has lists that are found in a sample as well; take "
            f"those out of score/lists/{other}, or name another sample."
        )


def _refuse_like_labels(key: str, lists: Mapping[str, Any]) -> None:
    """Refuse lists that figures and tables would show under one name."""
    names: dict[str, str] = {}
    for name, block in lists.items():
        label = block["label"].strip()
        if label in names:
            raise InputProblem(
                f"{key}: the lists {names[label]!r} and {name!r} have the label {label!r}, by "
                "which nobody could tell them apart; give one of them another label."
            )
        names[label] = name


def _check_list(key: str, block: Mapping[str, Any], catalog: Mapping[str, Any]) -> None:
    """Refuse a list whose source is none, several, or not there."""
    named = [source for source in SOURCES if source in block]
    if key.endswith(f"/{REFERENCE}"):
        raise InputProblem(f"{key}: this is the name of the sample's own truth; rename the list.")
    simulated = catalog["kind"] == "simulate"
    if len(named) != 1:
        raise InputProblem(
            f"{key} has {' and '.join(named) or 'none'} of {', '.join(SOURCES)}; give one, where "
            "the list comes from."
        )
    if "tagger" in block and "sample" not in block:
        raise InputProblem(f"{key}/tagger is a setting of a sample; name the sample, too.")
    truth, table = block.get("truth"), block.get("members", {})
    if truth == "birth" and not simulated:
        raise InputProblem(f"{key}/truth is 'birth', which only a simulated catalogue has.")
    if truth == "members" and not simulated and "members" not in catalog:
        raise InputProblem(f"{key}/truth is 'members', but its catalogue has no `members`.")
    own = "path" in table or "dataset" in table
    if table and simulated and not own:
        raise InputProblem(
            f"{key}/members names no table, and a simulated catalogue has no columns; add a path, "
            "or write `truth: members`."
        )
    ways = [way for way in ("star_id", "gaia_source_id", "ra") if way in table]
    if table and len(ways) != own:
        raise InputProblem(
            f"{key}/members: columns to join by: {', '.join(ways) or 'none'}; a table of its own "
            "needs one of star_id, gaia_source_id, or ra and dec, columns of the catalogue none."
        )
    if block["cuts"] != [0]:
        _refuse_cuts(key, block, catalog)


def _refuse_cuts(key: str, block: Mapping[str, Any], catalog: Mapping[str, Any]) -> None:
    """Refuse cuts on a list without probabilities; members of a simulated catalogue have some."""
    truth, table = block.get("truth"), block.get("members", {})
    if truth == "members" and catalog["kind"] != "simulate":
        table = catalog["members"]
    if truth == "birth" or (table and "probability" not in table):
        whose = " of the catalogue" if truth == "members" else ""
        raise InputProblem(
            f"{key}/cuts: this list has no probabilities; add members/probability{whose} or leave "
            "the cuts out."
        )
