"""Stage `report`: the page of a run, how the run was made, and its archive.

Needs `<results>/{select,space,tag,embed,score}/` and what the
targets of the other stages print; makes `<results>/report/`, `<results>/provenance.json`,
`<results>/README.md` and, when asked for, `<results>.zip`; reads the whole config.
"""

FILES_OF_RUN = f"logs/{config['run']}/files_of_run.json"


def of_each_sample(pattern):
    """`pattern` with {sample} filled in, for each sample of the run."""
    return collect(pattern, sample=config["samples"])


def of_each_scored(pattern):
    """`pattern` with {sample} filled in, for each sample whose clusters are known."""
    return collect(pattern, sample=samples_with_truth())


def stability_of_unscored():
    """Stability of the headline groups of each sample without scores, if there are draws."""
    return [
        f"<results>/tag/{name}.{headline_space(name)}.stability.ecsv"
        for name in config["samples"]
        if config["tag"]["draws"] and name not in samples_with_truth()
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
            "no_truth": why_no_truth(name, config),
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


onstart:
    list_files_of_run(workflow.dag)


rule write_report:
    """Write the page of the run: story, tables and interactive map in one file."""
    input:
        abundances=of_each_sample("<results>/select/{sample}.abundances.parquet"),
        funnel=of_each_sample("<results>/select/{sample}.funnel.ecsv"),
        truth=of_each_scored("<results>/select/{sample}.truth.parquet"),
        space=spaces_of_samples("<results>/space/{sample}.{space}.parquet"),
        groups=spaces_of_samples("<results>/tag/{sample}.{space}.groups.parquet"),
        settings=spaces_of_samples("<results>/tag/{sample}.{space}.settings.ecsv"),
        umap=with_maps("<results>/embed/{sample}.{space}.umap.parquet"),
        maps=with_maps("<results>/embed/{sample}.{space}.maps.parquet"),
        quality=with_maps("<results>/embed/{sample}.{space}.quality.ecsv"),
        recovery=of_each_headline("<results>/score/{sample}.{space}.recovery.ecsv"),
        group_scores=of_each_headline(
            "<results>/score/{sample}.{space}.group_scores.ecsv"
        ),
        recovered=of_each_scored("<results>/paper/tables/groups_{sample}.ecsv"),
        stability=stability_of_unscored(),
        metrics=of_each_scored("<results>/paper/tables/metrics_{sample}.ecsv"),
        figures=figures_drawn("<results>/paper/figures/{figure}.png"),
        drawn=figures_drawn("<results>/paper/figures/{figure}.{suffix}"),
        tables=printed_tables,
        captions=beside_scripts("report/*.rst"),
        story=beside_scripts("figures.yaml"),
        templates=beside_scripts("templates/page.*"),
    output:
        page="<results>/report/index.html",
    log:
        "<logs>/write_report.log",
    benchmark:
        "<benchmarks>/write_report.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(20),
    params:
        code=version_of(
            "write_report",
            *(
                f"chemtag/paper/figures/{f}"
                for f, e in FIGURES.items()
                if "story" in e
            ),
        ),
        run=lookup("run", within=config),
        seed=lookup("seed", within=config),
        cap=lookup("report/stars", within=config),
        samples=described_samples(),
        caption_params=lookup("tag", within=config),
    script:
        "../scripts/write_report.py"


rule write_provenance:
    """Write how the run was made, and what each folder of its results holds."""
    input:
        all_results,
        "<results>/report/index.html",
        template=beside_scripts("templates/results_readme.md"),
        words=beside_scripts("templates/folders.yaml"),
    output:
        provenance="<results>/provenance.json",
        readme="<results>/README.md",
    log:
        "<logs>/write_provenance.log",
    benchmark:
        "<benchmarks>/write_provenance.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(20),
    params:
        code=version_of("write_provenance"),
        config=whole_config,
        patterns=benchmark_patterns,
        benchmarks=f"benchmarks/{config['run']}",
        checkout=os.path.relpath(SCRIPTS.parents[1]),
        made=FILES_OF_RUN,
    script:
        "../scripts/write_provenance.py"


rule pack_archive:
    """Pack results, provenance and metadata of the run into one file for an archive."""
    input:
        all_results,
        "<results>/report/index.html",
        "<results>/README.md",
        provenance="<results>/provenance.json",
        words=beside_scripts("templates/folders.yaml"),
        citation=beside_scripts("../CITATION.cff"),
    output:
        archive="<results>.zip",
    log:
        "<logs>/pack_archive.log",
    benchmark:
        "<benchmarks>/pack_archive.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(20),
    params:
        code=version_of("pack_archive"),
        made=FILES_OF_RUN,
    script:
        "../scripts/pack_archive.py"


rule report:
    """The page of the run, how the run was made, and what its folders hold."""
    input:
        "<results>/report/index.html",
        "<results>/provenance.json",
        "<results>/README.md",
    localrule: True


rule archive:
    """All results of the run in one file, for an archive such as Zenodo."""
    input:
        "<results>.zip",
    localrule: True
