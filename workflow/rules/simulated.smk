"""Functions on samples whose catalogue is simulated; no rules."""


def catalog_of_sample(wildcards):
    """Block of the sample's catalogue."""
    return config["catalogs"][config["samples"][wildcards.sample]["catalog"]]


def repeated_samples():
    """Simulated samples, if the config asks to repeat them with other seeds."""
    return [
        name
        for name, block in whole_samples().items()
        if config["limits"]["repeats"]
        and config["catalogs"][block["catalog"]]["kind"] == "simulate"
        and is_of_recipe(name)
    ]


def is_of_recipe(sample):
    """Whether the stars and clusters of a sample follow from its recipe alone.

    They do not where groups found in another sample are its truth, or choose its members: other
    draws of the recipe have groups of their own.
    """
    block = config["samples"][sample]
    chosen = block["stars"] == "members" and config["score"]["lists"].get(sample)
    return not has_found_truth(block) and not chosen


def recipe_of_sample(wildcards):
    """Recipe of the sample's simulated catalogue."""
    return catalog_of_sample(wildcards)["recipe"]


def error_scale_of_sample(wildcards):
    """Factor on the errors of the sample's simulated catalogue."""
    return catalog_of_sample(wildcards)["error_scale"]


def ablated_by_recipe():
    """Samples ablated on realisations of a recipe: those of simulated catalogues."""
    return [
        name
        for name in config["ablate"]["samples"]
        if config["ablate"]["realisations"]
        and config["catalogs"][config["samples"][name]["catalog"]]["kind"] == "simulate"
        and is_of_recipe(name)
    ]


def ablated_as_they_are():
    """Samples ablated on their own stars."""
    return [
        name for name in config["ablate"]["samples"] if name not in ablated_by_recipe()
    ]


def ablated_field(wildcards):
    """Field stars of the realisations: none for a sample of members only."""
    everyone = config["samples"][wildcards.sample]["stars"] == "all"
    return config["ablate"]["n_field"] if everyone else 0


def planner_key(key, absent=None):
    """A key of the planner, or `absent` if the config asks for none."""
    return config["limits"].get("planner", {}).get(key, absent)


def planner_headline():
    """Name of the planner's headline setting."""
    headline = planner_key("headline")
    return setting_name(**headline) if headline else None


def planned_samples():
    """Scored samples with field stars, simulated by the recipe of the planner."""
    return [
        sample
        for sample in samples_with_truth()
        if config["samples"][sample]["stars"] == "all"
        and is_of_recipe(sample)
        and config["catalogs"][config["samples"][sample]["catalog"]].get("recipe")
        == planner_key("recipe")
    ]
