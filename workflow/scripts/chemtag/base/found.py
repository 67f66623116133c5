"""Samples whose truth is the groups found in another sample: what the config may say of them."""

from collections.abc import Mapping
from typing import Any

from chemtag.base.problems import InputProblem
from chemtag.base.settings import headline_of, settings_of


def has_found_truth(sample: Mapping[str, Any]) -> bool:
    """Whether the truth of a sample's block is the groups of another sample."""
    return isinstance(sample["truth"], dict)


def settle_found_truths(samples: dict[str, Any]) -> None:
    """Fill in the setting of each truth that is found, and refuse what cannot be a truth.

    `samples` are the blocks of a checked config, with all features. Raises `InputProblem` for an
    unknown sample, one that needs such a truth itself (a circle or a chain), one tagged by the same
    kind of features (its groups would be judged by themselves) and a setting that it lacks.
    """
    for name, sample in samples.items():
        if not has_found_truth(sample):
            continue
        key, truth = f"config: samples/{name}/truth", sample["truth"]
        check_source(key, name, truth["sample"], samples)
        settle_setting(key, truth, samples)


def settle_setting(key: str, truth: dict[str, Any], samples: Mapping[str, Any]) -> None:
    """Fill in the `tagger` of a block with a `sample`; refuse a setting that the sample lacks."""
    source = samples[truth["sample"]]
    names = [setting.name for setting in settings_of(source["grid"], source["taggers"])]
    truth.setdefault("tagger", headline_of(source["headline"]).name)
    if truth["tagger"] not in names:
        raise InputProblem(
            f"{key}/tagger is {truth['tagger']!r}, which is no setting of samples/"
            f"{truth['sample']}; there are {', '.join(names)}."
        )


def check_source(key: str, name: str, other: str, samples: dict[str, Any]) -> None:
    """Refuse a sample `other` whose groups are no truth of the sample `name`."""
    if other not in samples:
        raise InputProblem(
            f"{key}/sample is {other!r}, which is not under samples; there are "
            f"{', '.join(samples)}."
        )
    if other == name or has_found_truth(samples[other]):
        why = "is the sample itself" if other == name else "has a truth found in a sample as well"
        raise InputProblem(
            f"{key}/sample is {other!r}, which {why}; name another sample, whose truth is members, "
            "birth or none."
        )
    kinds = [kind for kind, found in samples[other]["features"].items() if found]
    shared = [kind for kind in kinds if samples[name]["features"][kind]]
    if shared:
        raise InputProblem(
            f"{key}/sample is {other!r}, which is tagged by {', '.join(shared)} as this sample is, "
            "so that groups would be judged by themselves; name a sample of other features."
        )


def foreign_samples(config: Mapping[str, Any]) -> list[str]:
    """Return a sentence of warning for each truth or list that is found in another catalogue.

    `config` is checked, with all defaults. Identifiers alone tell whether the stars are the same.
    """
    samples, lists = config["samples"], config["score"]["lists"]
    named = [
        (f"samples/{name}/truth", name, block["truth"])
        for name, block in samples.items()
        if has_found_truth(block)
    ]
    named += [
        (f"score/lists/{name}/{one}", name, block)
        for name, blocks in lists.items()
        for one, block in blocks.items()
        if "sample" in block
    ]
    sentences = []
    for key, name, block in named:
        own, other = (samples[one]["catalog"] for one in (name, block["sample"]))
        if own != other:
            sentences.append(
                f"{key} is found in samples/{block['sample']} of catalogs/{other}, while {name} is "
                f"of catalogs/{own}: stars are joined by star_id, so that both catalogues need the "
                "same identifiers for the same stars."
            )
    return sentences


def truth_in_words(truth: str | Mapping[str, Any]) -> str:
    """Return in words which groups are the truth of a sample, empty where it is not found."""
    if isinstance(truth, str):
        return ""
    return (
        f"groups found in samples/{truth['sample']} by {truth['tagger']}, members of strength "
        f"{truth['min_strength']:g} or more"
    )
