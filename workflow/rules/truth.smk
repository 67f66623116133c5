"""Which samples have a truth, and what the others go without; no rules."""

from chemtag.base.samples import why_no_truth


def samples_with_truth():
    """Samples whose stars are known to be in clusters: those that are scored."""
    return [
        name for name, block in config["samples"].items() if block["truth"] != "none"
    ]


def if_scored(pattern):
    """`pattern` for the rule's sample where its clusters are known, else nothing."""
    return lambda wildcards: (
        collect(pattern, **wildcards)
        if wildcards.sample in samples_with_truth()
        else []
    )


def list_of_clusters(wildcards):
    """Who is in which cluster: the members of the sample's catalogue, or its birth table."""
    block = config["samples"][wildcards.sample]
    suffix = {"members": "members.ecsv", "birth": "birth.parquet"}[block["truth"]]
    return f"<results>/survey/{block['catalog']}.{suffix}"


if workflow.is_main_process:
    for name in config["samples"]:
        if reason := why_no_truth(name, config):
            logger.warning(
                f"{name}: {reason}, so that nothing is scored: this sample has groups, their "
                "stability and maps, but no scores, limits, numbers and no part in the manuscript."
            )
