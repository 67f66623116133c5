"""Functions that list what the page of a run reads; no rules."""

import inspect


def of_each_sample(pattern):
    """`pattern` with {sample} filled in, for each sample of the run."""
    return collect(pattern, sample=whole_samples())


def of_each_scored(pattern):
    """`pattern` with {sample} filled in, for each sample whose clusters are known."""
    return collect(pattern, sample=samples_with_truth())


def redraws_of_sample(kind):
    """What draws within the errors gave for the headline of the rule's sample, if there are any."""

    def path(wildcards):
        space = headline_space(wildcards.sample)
        return collect(
            "<results>/tag/{sample}.{space}.{kind}.ecsv",
            sample=wildcards.sample if config["tag"]["draws"] else [],
            space=space,
            kind=kind,
        )

    return path


def nulls_of_sample(wildcards):
    """Scores of surrogates of the rule's sample, where it is scored and the config asks for them."""
    asked = (
        config["limits"]["nulls"]["replicates"]
        and wildcards.sample in chemical_samples()
    )
    return f"<results>/limits/{wildcards.sample}.nulls.ecsv" if asked else []


def if_vetted(pattern):
    """`pattern` for the rule's sample where its candidates are vetted, else nothing."""
    return lambda wildcards: (
        collect(pattern, **wildcards) if wildcards.sample in vetted_samples() else []
    )


def inputs_of_rules(wildcards):
    """Patterns of the file names of each input of each rule that has a script, by stage."""
    found = {}
    for one in workflow.rules:
        if one.script:
            stage = Path(str(one.snakefile)).stem
            inputs = {name: files_in(item) for name, item in one.input.items()}
            found.setdefault(stage, {})[one.name] = inputs
    return found


def files_in(item):
    """File names in an input of a rule, with wildcards; of a function those that its code spells."""
    if isinstance(item, str) and not is_function(item):
        return [Path(item).name]
    if isinstance(item, (list, tuple)):
        return sorted({name for each in item for name in files_in(each)})
    function = getattr(item, "callable", item)
    known = [
        *inspect.getclosurevars(function).nonlocals.values(),
        *(text for text in function.__code__.co_consts if text != function.__doc__),
    ]
    return sorted({Path(text).name for text in known if isinstance(text, str)})


def is_function(item):
    """Whether an input of a rule is a function, which Snakemake wraps in a string."""
    return callable(getattr(item, "callable", None))


def stability_of_unscored():
    """Stability of the headline groups of each sample without scores, if there are draws."""
    return [
        f"<results>/tag/{name}.{headline_space(name)}.stability.ecsv"
        for name in whole_samples()
        if config["tag"]["draws"] and name not in samples_with_truth()
    ]


def verdicts_of_vetted():
    """Verdicts on the candidates of each sample that is vetted, in the order of the samples."""
    return [
        f"<results>/vet/{name}.verdicts.ecsv"
        for name in whole_samples()
        if name in vetted_samples()
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
        for sample in whole_samples()
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
            "no_truth": why_no_truth(name, config),
            "found_truth": truth_in_words(block["truth"]),
            "simulated": config["catalogs"][block["catalog"]]["kind"] == "simulate",
            "vetted": name in vetted_samples(),
            "repeated": name in repeated_samples(),
        }
        for name, block in whole_samples().items()
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


def list_files_of_run(dag):
    """Write the files of all planned jobs, done or not, where the whole run is planned.

    What else lies in the results folder is of an earlier config or somebody's own.
    """
    if {"write_provenance", "pack_archive"} & {job.rule.name for job in dag.jobs}:
        files = sorted({str(file) for job in dag.jobs for file in job.output})
        Path(FILES_OF_RUN).parent.mkdir(parents=True, exist_ok=True)
        write_whole(FILES_OF_RUN, json.dumps(files, indent=1) + "\n")


def printed_tables(wildcards):
    """The printed tables that the run makes by its config, whatever the stage."""
    return [
        str(Path(path).with_suffix(".ecsv"))
        for path in results_of_stages()
        if Path(path).match("tables/*.tex")
    ]


def say(lines):
    """Print lines for whoever started the run, where Snakemake prints."""
    print("", *lines, "", sep="\n", file=sys.stderr, flush=True)


def say_answer(dag):
    """Print the headline of a run whose page has been written, its warnings and its address."""
    from chemtag.report.ending import answer_lines, warning_lines

    results = Path("results", config["run"])
    page = results / "report" / "index.html"
    if str(page) not in {str(file) for job in dag.jobs for file in job.output}:
        return
    logs = sorted(Path(str(log)) for job in dag.jobs for log in job.log)
    try:
        answer = answer_lines(described_samples(), results)
    except ModuleNotFoundError:
        answer = (
            []
        )  # tables are read by jobs alone, in their environments: the page has it
    say(
        [
            *answer,
            *warning_lines(logs),
            f"page: {page.resolve().as_uri()}",
        ]
    )


def say_failure(failed):
    """Print what ended each job that failed, where its log is and how to go on."""
    from chemtag.report.ending import failure_lines

    jobs = [job for one in failed for job in (one if one.is_group() else [one])]
    for job in sorted(jobs, key=str)[:3]:
        of = ", ".join(map(str, job.wildcards))
        name = f"{job.rule.name} ({of})" if of else job.rule.name
        say(failure_lines(name, Path(str(job.log[0])) if job.log else None))


onstart:
    list_files_of_run(workflow.dag)


onsuccess:
    say_answer(workflow.dag)


onerror:
    say_failure(workflow.scheduler.failed)
