"""Whether the diagrams of a sample are independent of what its groups were found by."""

from collections.abc import Mapping, Sequence
from typing import Any

from chemtag.base.problems import InputProblem
from chemtag.survey.quantities import QUANTITIES, features_of, is_element


def refuse_own_features(features: Sequence[str], name: str, block: Mapping[str, Any]) -> None:
    """Raise `InputProblem` where the diagrams of a sample use what it was tagged by.

    `features` are those of the sample `name`, `block` its columns under cmd/samples.
    """
    for feature in features:
        if is_element(feature):
            continue
        if feature == "parallax" and "parallax" in block:
            raise InputProblem(
                f"config: cmd/samples/{name}/parallax sets the distance of diagrams, and "
                f"samples/{name}/features has the parallax too; what made the groups cannot vet "
                "them: take it out here (G and the colour then judge alone, and field groups are "
                "matched in the parallax of the sample), or out of the features."
            )
        if QUANTITIES[feature].kind == "photometry":
            raise InputProblem(
                f"config: cmd/samples/{name}: samples/{name}/features has {feature!r}, which "
                "diagrams are made of; what made the groups cannot vet them: take the sample out "
                "here, or the photometry out of the features."
            )


def check_independence(config: Mapping[str, Any]) -> None:
    """Raise `InputProblem` for the first of cmd/samples whose diagrams could not vet it."""
    for name, block in config["cmd"]["samples"].items():
        if name not in config["samples"]:
            raise InputProblem(
                f"config: cmd/samples names {name!r}, which is not under samples; there are "
                f"{', '.join(config['samples'])}."
            )
        refuse_own_features(features_of(config["samples"][name]), name, block)
