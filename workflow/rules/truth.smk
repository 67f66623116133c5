"""Which samples have a truth, and what the others go without; no rules."""

from chemtag.base.samples import has_astrometry, why_no_truth


def labelled_samples():
    """Samples whose stars are known to be in clusters."""
    return [
        name for name, block in config["samples"].items() if block["truth"] != "none"
    ]


def samples_with_truth():
    """Those of them that go through all stages: they are scored."""
    return [name for name in labelled_samples() if name in whole_samples()]


def chemical_samples():
    """Samples with a truth that are tagged by abundances alone: those that the paper speaks of."""
    return [name for name in samples_with_truth() if not has_astrometry(name, config)]


def if_scored(pattern):
    """`pattern`, or what it gives, where the clusters of the rule's sample are known, else nothing."""

    def path(wildcards):
        if wildcards.sample not in samples_with_truth():
            return []
        return (
            pattern(wildcards) if callable(pattern) else collect(pattern, **wildcards)
        )

    return path


def list_of_clusters(wildcards):
    """Who is in which cluster: the members of the sample's catalogue, or its birth table."""
    block = config["samples"][wildcards.sample]
    suffix = {"members": "members.ecsv", "birth": "birth.parquet"}[block["truth"]]
    return f"<results>/survey/{block['catalog']}.{suffix}"


if workflow.is_main_process:
    for name in whole_samples():
        if reason := why_no_truth(name, config):
            logger.warning(
                f"{name}: {reason}, so that nothing is scored: this sample has groups, their "
                "stability and maps, but no scores, limits, numbers and no part in the manuscript."
            )
        elif has_astrometry(name, config):
            logger.warning(
                f"{name}: tagged by astrometry, so that figures of abundances and the manuscript "
                "leave it out."
            )
