"""What the page, the provenance and the archive ask of the stages before them; no rules."""


def of_each_sample(pattern):
    """`pattern` with {sample} filled in, for each sample of the run."""
    return collect(pattern, sample=config["samples"])


def truth_of_each_sample():
    """Members or birth clusters of each sample's catalogue, as its config asks."""
    kinds = {"members": "members.ecsv", "birth": "birth.parquet"}
    return [
        f"<results>/survey/{block['catalog']}.{kinds[block['truth']]}"
        for block in config["samples"].values()
    ]


def mapped_spaces(sample):
    """Spaces of the sample that the config gives maps, in the order of its spaces."""
    everything = config["embed"]["spaces"] == "all"
    block = config["samples"][sample]
    return block["spaces"] if everything else [block["headline"]["space"]]


def with_maps(pattern):
    """`pattern` with {sample} and {space} filled in for each space that the config gives maps."""
    return [
        path
        for sample in config["samples"]
        for path in collect(pattern, sample=sample, space=mapped_spaces(sample))
    ]


def described_samples():
    """Label, spaces, headline and elements of each sample, by name."""
    return {
        name: {
            "label": label_of(name),
            "spaces": block["spaces"],
            "mapped": mapped_spaces(name),
            "space": block["headline"]["space"],
            "setting": setting_name(**block["headline"]),
        }
        for name, block in config["samples"].items()
    }


def beside_scripts(pattern):
    """Files of the workflow that are neither rules nor scripts: captions, templates."""
    return [os.path.relpath(path) for path in sorted(SCRIPTS.parent.glob(pattern))]


def results_of_stages():
    """What the target `all` asks of the stages before `report`."""
    ours = {str(path) for path in rules.report.input}
    return [str(path) for path in rules.all.input if str(path) not in ours]


def all_results(wildcards):
    """What the target `all` asks of the stages before `report`, as an input."""
    return results_of_stages()


def whole_config(wildcards):
    """The config as resolved: every key, with its default where none is given."""
    return config


def benchmark_patterns(wildcards):
    """Name and regular expression of the benchmark files of each rule, under this config.

    What comes after the writing of provenance has files of an earlier run, if any.
    """
    later = ("write_provenance", "pack_archive")
    return [
        [rule.name, rule.benchmark.regex().pattern]
        for rule in workflow.rules
        if rule.benchmark and rule.name not in later
    ]


def printed_figures(wildcards):
    """The figures that the run makes by its config, whatever the stage, as PNG."""
    return [
        str(Path(path).with_suffix(".png"))
        for path in results_of_stages()
        if Path(path).match("figures/*.pdf")
    ]


def printed_drawn(wildcards):
    """The drawn data of each of the printed figures, in their order, by the rules that make both."""
    outputs = [known.output for known in workflow.rules]
    makers = [made for made in outputs if {"png", "drawn"} <= set(made.keys())]
    found = []
    for path in printed_figures(wildcards):
        made, match = next(
            (made, match)
            for made in makers
            if (match := made.png.regex().fullmatch(path))
        )
        found.append(str(made.drawn.apply_wildcards(match.groupdict())))
    return found


def printed_tables(wildcards):
    """The printed tables that the run makes by its config, whatever the stage."""
    return [
        str(Path(path).with_suffix(".ecsv"))
        for path in results_of_stages()
        if Path(path).match("tables/*.tex")
    ]
