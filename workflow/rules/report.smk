"""Stage `report`: the page of a run, how the run was made, and its archive.

Needs `<results>/{select,space,tag,embed,score}/` and what the
targets of the other stages print; makes `<results>/report/`, `<results>/provenance.json`,
`<results>/README.md` and, when asked for, `<results>.zip`; reads the whole config.
"""

FILES_OF_RUN = f"logs/{config['run']}/files_of_run.json"


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
        recovery=of_each_scored("<results>/score/{sample}.recovery.ecsv"),
        group_scores=of_each_headline(
            "<results>/score/{sample}.{space}.group_scores.ecsv"
        ),
        recovered=of_each_scored("<results>/paper/tables/groups_{sample}.ecsv"),
        stability=stability_of_unscored(),
        verdicts=verdicts_of_vetted(),
        metrics=of_each_scored("<results>/paper/tables/metrics_{sample}.ecsv"),
        repeats=collect(
            "<results>/forecast/{sample}.repeats.ecsv", sample=repeated_samples()
        ),
        figures=figures_drawn("<results>/paper/figures/{figure}.png"),
        drawn=figures_drawn("<results>/paper/figures/{figure}.{suffix}"),
        tables=printed_tables,
        leaderboards=collect(
            "<results>/predict/{task}.leaderboard.ecsv", task=config["predict"]
        ),
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
        run=of_config("run"),
        seed=of_config("seed"),
        cap=of_config("report/stars"),
        samples=described_samples(),
        tasks=described_tasks(),
        caption_params=of_config("tag"),
    script:
        "../scripts/write_report.py"


rule write_checklist:
    """Answer the checklist of a sample from the tables of the run."""
    input:
        funnel="<results>/select/{sample}.funnel.ecsv",
        groups=in_headline_space("<results>/tag/{sample}.{space}.groups.parquet"),
        settings=in_headline_space("<results>/tag/{sample}.{space}.settings.ecsv"),
        scores=if_scored(
            in_headline_space("<results>/score/{sample}.{space}.scores.ecsv")
        ),
        clusters=if_scored(
            in_headline_space("<results>/score/{sample}.{space}.clusters.ecsv")
        ),
        nulls=nulls_of_sample,
        redraws=redraws_of_sample("redraws"),
        stability=redraws_of_sample("stability"),
        found=if_scanned("<results>/tag/{sample}.scan.found.ecsv"),
        verdicts=if_vetted("<results>/vet/{sample}.verdicts.ecsv"),
        template=beside_scripts("templates/checklist.html"),
    output:
        page="<results>/report/checklist/{sample}.html",
        points="<results>/report/checklist/{sample}.json",
    log:
        "<logs>/write_checklist/{sample}.log",
    benchmark:
        "<benchmarks>/write_checklist/{sample}.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(20),
    params:
        code=version_of("write_checklist"),
        seed=of_config("seed"),
        setting=headline_setting,
        spaces=of_config("samples/{sample}/spaces"),
        width=of_config("width/source"),
        rule_inputs=inputs_of_rules,
        run_name=of_config("run"),
    script:
        "../scripts/write_checklist.py"


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
        of_each_sample("<results>/report/checklist/{sample}.html"),
    localrule: True


rule archive:
    """All results of the run in one file, for an archive such as Zenodo."""
    input:
        "<results>.zip",
    localrule: True
