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


def samples_with_found_truth():
    """Samples whose truth is the groups found in another sample."""
    return [s for s, block in config["samples"].items() if has_found_truth(block)]


def groups_of_truth(wildcards):
    """Groups of the sample that the truth of the rule's sample names, in its headline space."""
    other = config["samples"][wildcards.sample]["truth"]["sample"]
    return f"<results>/tag/{other}.{headline_space(other)}.groups.parquet"


def members_of_sample(wildcards):
    """Who is a member of a cluster: by the list of the sample's catalogue, or by groups found here."""
    if wildcards.sample in samples_with_found_truth():
        return "<results>/select/{sample}.members.ecsv"
    return f"<results>/survey/{config['samples'][wildcards.sample]['catalog']}.members.ecsv"


def lists_of(sample):
    """Lists of members that the groups of a sample are scored against beside its truth."""
    return config["score"]["lists"].get(sample, {})


def lists_with(sample, source):
    """Those of them that come from a `source`: truth, sample or members."""
    return {name: block for name, block in lists_of(sample).items() if source in block}


def listed_to_keep(wildcards):
    """Whom its truth or any of its lists names, for a sample of members alone that has lists."""
    alone = config["samples"][wildcards.sample]["stars"] == "members"
    if alone and lists_of(wildcards.sample):
        return "<results>/select/{sample}.listed.ecsv"
    return []


def groups_of_lists(wildcards):
    """Groups of the samples that lists of the rule's sample name, in their headline spaces."""
    others = [
        block["sample"] for block in lists_with(wildcards.sample, "sample").values()
    ]
    return [
        f"<results>/tag/{other}.{headline_space(other)}.groups.parquet"
        for other in others
    ]


def tables_of_lists(wildcards):
    """The user's tables of the lists of the rule's sample; its catalogue where they name none."""
    name = config["samples"][wildcards.sample]["catalog"]
    blocks = lists_with(wildcards.sample, "members").items()
    return [
        (
            file_of(block["members"], f"score/lists/{wildcards.sample}/{key}/members")
            if {"path", "dataset"} & set(block["members"])
            else file_of(config["catalogs"][name], f"catalogs/{name}")
        )
        for key, block in blocks
    ]


def records_of_lists(wildcards):
    """Records that the datasets of the lists of the rule's sample are the published ones."""
    block = {"score": {"lists": lists_of(wildcards.sample)}}
    return [str(record_path(name)) for name in datasets_needed(block, DATASETS)]


def birth_of_lists(wildcards):
    """Births in the catalogue of the rule's sample, where one of its lists is them."""
    catalog = config["samples"][wildcards.sample]["catalog"]
    asked = [
        block
        for block in lists_with(wildcards.sample, "truth").values()
        if block["truth"] == "birth"
    ]
    return f"<results>/survey/{catalog}.birth.parquet" if asked else []


def kind_of_truth(wildcards):
    """Table that the truth of the rule's sample is in: members or birth."""
    block = config["samples"][wildcards.sample]
    return "members" if has_found_truth(block) else block["truth"]


def list_of_clusters(wildcards):
    """Who is in which cluster: the members of the sample, or the birth table of its catalogue."""
    if kind_of_truth(wildcards) == "members":
        return members_of_sample(wildcards)
    return f"<results>/survey/{config['samples'][wildcards.sample]['catalog']}.birth.parquet"


if workflow.is_main_process:
    for sentence in foreign_samples(config):
        logger.warning(sentence)
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
