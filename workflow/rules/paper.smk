"""Stage `paper`: tables, numbers and manuscript of the run, and the target of all it prints.

Needs `<results>/{select,score,limits,forecast}/`; makes
`<results>/paper/` (figures in paper_figures.smk); reads `run`, `seed`, `score`, `manuscript` and
`samples` of the config.
"""


rule tabulate_clusters:
    """Write T1: the clusters of a sample and what became of them."""
    input:
        clusters=in_headline_space("<results>/score/{sample}.{space}.clusters.ecsv"),
        coherence="<results>/score/{sample}.coherence.ecsv",
    output:
        table=report(
            "<results>/paper/tables/clusters_{sample}.ecsv",
            caption="../report/table_clusters.rst",
            category="Tables",
            labels={
                "sample": "{sample}",
                "table": "T1 clusters",
            },
        ),
        latex="<results>/paper/tables/clusters_{sample}.tex",
        deluxe="<results>/paper/tables/clusters_{sample}_aastex.tex",
        mrt="<results>/paper/tables/clusters_{sample}.mrt",
    log:
        "<logs>/tabulate_clusters/{sample}.log",
    benchmark:
        "<benchmarks>/tabulate_clusters/{sample}.jsonl"
    conda:
        "../../envs/paper.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=version_of("tabulate_clusters"),
        setting=headline_setting,
        label=sample_label,
    script:
        "../scripts/tabulate_clusters.py"


rule tabulate_groups:
    """Write T2: the groups that recover a cluster."""
    input:
        clusters="<results>/paper/tables/clusters_{sample}.ecsv",
        group_scores=in_headline_space(
            "<results>/score/{sample}.{space}.group_scores.ecsv"
        ),
    output:
        table=report(
            "<results>/paper/tables/groups_{sample}.ecsv",
            caption="../report/table_groups.rst",
            category="Tables",
            labels={
                "sample": "{sample}",
                "table": "T2 recovered groups",
            },
        ),
        latex="<results>/paper/tables/groups_{sample}.tex",
        deluxe="<results>/paper/tables/groups_{sample}_aastex.tex",
        mrt="<results>/paper/tables/groups_{sample}.mrt",
    log:
        "<logs>/tabulate_groups/{sample}.log",
    benchmark:
        "<benchmarks>/tabulate_groups/{sample}.jsonl"
    conda:
        "../../envs/paper.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=version_of("tabulate_groups"),
        setting=headline_setting,
        label=sample_label,
    script:
        "../scripts/tabulate_groups.py"


rule tabulate_metrics:
    """Write T3: the scores of the headline setting, each beside its chance level."""
    input:
        scores=in_headline_space("<results>/score/{sample}.{space}.scores.ecsv"),
        redrawn=redrawn_scores,
    output:
        table=report(
            "<results>/paper/tables/metrics_{sample}.ecsv",
            caption="../report/table_metrics.rst",
            category="Tables",
            labels={
                "sample": "{sample}",
                "table": "T3 scores",
            },
        ),
        latex="<results>/paper/tables/metrics_{sample}.tex",
        deluxe="<results>/paper/tables/metrics_{sample}_aastex.tex",
        mrt="<results>/paper/tables/metrics_{sample}.mrt",
    log:
        "<logs>/tabulate_metrics/{sample}.log",
    benchmark:
        "<benchmarks>/tabulate_metrics/{sample}.jsonl"
    conda:
        "../../envs/paper.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=version_of("tabulate_metrics"),
        setting=headline_setting,
        label=sample_label,
    script:
        "../scripts/tabulate_metrics.py"


rule tabulate_settings:
    """Write T4: in how many settings of the grid each cluster is recovered."""
    input:
        clusters=in_each_space("<results>/score/{sample}.{space}.clusters.ecsv"),
    output:
        table=report(
            "<results>/paper/tables/settings_{sample}.ecsv",
            caption="../report/table_settings.rst",
            category="Tables",
            labels={
                "sample": "{sample}",
                "table": "T4 settings that recover each cluster",
            },
        ),
        latex="<results>/paper/tables/settings_{sample}.tex",
        deluxe="<results>/paper/tables/settings_{sample}_aastex.tex",
        mrt="<results>/paper/tables/settings_{sample}.mrt",
    log:
        "<logs>/tabulate_settings/{sample}.log",
    benchmark:
        "<benchmarks>/tabulate_settings/{sample}.jsonl"
    conda:
        "../../envs/paper.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=version_of("tabulate_settings"),
        spaces=of_config("samples/{sample}/spaces"),
        space=of_config("samples/{sample}/headline/space"),
        setting=headline_setting,
        label=sample_label,
    script:
        "../scripts/tabulate_settings.py"


rule tabulate_taggers:
    """Write T5: the tagger of known width beside HDBSCAN."""
    input:
        scores=in_headline_space("<results>/score/{sample}.{space}.scores.ecsv"),
        oracle="<results>/score/{sample}.oracle_scores.ecsv",
        scan="<results>/score/{sample}.scan.scores.ecsv",
    output:
        table=report(
            "<results>/paper/tables/taggers_{sample}.ecsv",
            caption="../report/table_taggers.rst",
            category="Tables",
            labels={
                "sample": "{sample}",
                "table": "T5 taggers side by side",
            },
        ),
        latex="<results>/paper/tables/taggers_{sample}.tex",
        deluxe="<results>/paper/tables/taggers_{sample}_aastex.tex",
        mrt="<results>/paper/tables/taggers_{sample}.mrt",
    log:
        "<logs>/tabulate_taggers/{sample}.log",
    benchmark:
        "<benchmarks>/tabulate_taggers/{sample}.jsonl"
    conda:
        "../../envs/paper.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=version_of("tabulate_taggers"),
        setting=headline_setting,
        label=sample_label,
    script:
        "../scripts/tabulate_taggers.py"


rule collect_numbers:
    """Collect the named numbers of the run, for the text of the paper."""
    input:
        table_metrics=collect(
            "<results>/paper/tables/metrics_{sample}.ecsv", sample=samples_with_truth()
        ),
        taggers=collect(
            "<results>/paper/tables/taggers_{sample}.ecsv", sample=scanned_samples()
        ),
        oracle_scores=collect(
            "<results>/score/{sample}.oracle_scores.ecsv", sample=samples_with_truth()
        ),
        recovery=collect(
            "<results>/score/{sample}.recovery.ecsv", sample=samples_with_truth()
        ),
        recovery_sizes=collect(
            "<results>/score/{sample}.recovery_sizes.ecsv", sample=samples_with_truth()
        ),
        elements=collect(
            "<results>/score/{sample}.elements.ecsv",
            sample=[
                name
                for name in samples_with_truth()
                if config["samples"][name]["elements"]
            ],
        ),
        funnel=collect(
            "<results>/select/{sample}.funnel.ecsv", sample=samples_with_truth()
        ),
        tuning=collect(
            "<results>/limits/{sample}.tuning.ecsv", sample=samples_with_truth()
        ),
        ceiling=of_each_headline("<results>/limits/{sample}.{space}.ceiling.ecsv"),
        doppelgangers=of_each_headline(
            "<results>/limits/{sample}.{space}.doppelgangers.ecsv"
        ),
        information=of_each_headline(
            "<results>/limits/{sample}.{space}.information.ecsv"
        ),
        table_clusters=collect(
            "<results>/paper/tables/clusters_{sample}.ecsv",
            sample=samples_with_truth(),
        ),
        nulls=collect(
            "<results>/limits/{sample}.nulls.ecsv", sample=samples_with_truth()
        ),
        told_width=collect(
            "<results>/limits/{sample}.told_width.ecsv", sample=told_width_samples()
        ),
        rescans=collect(
            "<results>/limits/{sample}.rescans.ecsv", sample=rescanned_samples()
        ),
        repeats=collect(
            "<results>/forecast/{sample}.repeats.ecsv", sample=repeated_samples()
        ),
        row_orders=[
            path
            for path in of_each_headline(
                "<results>/score/{sample}.{space}.row_orders.ecsv"
            )
            if os.path.basename(path).split(".")[0] in row_order_samples()
        ],
        group_stability=(
            of_each_headline("<results>/tag/{sample}.{space}.stability.ecsv")
            if config["tag"]["draws"]
            else []
        ),
        ablations=collect(
            "<results>/ablate/{sample}.ablations.ecsv",
            sample=config["ablate"]["samples"],
        ),
        two_spaces=collect(
            "<results>/compare/{sample}.two_spaces.ecsv",
            sample=samples_in_two_spaces(),
        ),
        forecast=(
            ["<results>/forecast/forecast.ecsv"] if forecast_key("chunks") else []
        ),
        false_groups=(
            ["<results>/forecast/false_groups.ecsv"] if forecast_key("chunks") else []
        ),
        planner=(
            [
                "<results>/forecast/planner.ecsv",
                "<results>/forecast/planner_contour.ecsv",
            ]
            if planner_key("chunks")
            else []
        ),
    output:
        numbers=report(
            "<results>/paper/numbers.json",
            caption="../report/numbers.rst",
            category="Tables",
            labels={
                "sample": "all",
                "table": "numbers of the text",
            },
        ),
        latex="<results>/paper/numbers.tex",
    log:
        "<logs>/collect_numbers.log",
    benchmark:
        "<benchmarks>/collect_numbers.jsonl"
    conda:
        "../../envs/paper.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=version_of("collect_numbers"),
        samples=samples_with_truth(),
        run=of_config("run"),
    script:
        "../scripts/collect_numbers.py"


rule typeset_manuscript:
    """Typeset the paper: every number and figure comes from the run."""
    input:
        template=of_config("manuscript/template"),
        parts=[
            manuscript_part("layout.typ"),
            manuscript_part("references.bib"),
            manuscript_part("aanda.csl"),
            manuscript_part("../../resources/published/literature.yaml"),
            *recipes_of_samples(),
        ],
        project=manuscript_part("../../pyproject.toml"),
        numbers="<results>/paper/numbers.json",
        figures=figures_drawn(
            "<results>/paper/figures/{figure}.pdf",
            lambda entry: "paper" in entry,
            chemical_samples(),
        ),
        captions=manuscript_captions(),
    output:
        pdf=report(
            "<results>/paper/manuscript.pdf",
            caption="../report/manuscript.rst",
            category="Manuscript",
            labels={
                "sample": "all",
                "figure": "the paper of the run",
            },
        ),
        content="<results>/paper/manuscript.json",
    log:
        "<logs>/typeset_manuscript.log",
    benchmark:
        "<benchmarks>/typeset_manuscript.jsonl"
    conda:
        "../../envs/paper.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=version_of("typeset_manuscript"),
        run=of_config("run"),
        seed=of_config("seed"),
        permutations=of_config("score/permutations"),
        title=of_config("manuscript/title"),
        authors=of_config("manuscript/authors"),
        affiliations=of_config("manuscript/affiliations"),
        acknowledgements=of_config("manuscript/acknowledgements"),
        samples=manuscript_samples(chemical_samples()),
        compared_spaces=manuscript_samples(samples_in_two_spaces()),
    script:
        "../scripts/typeset_manuscript.py"


rule paper:
    """All figures, tables and numbers of the run, and a manuscript made of them."""
    input:
        figures_of("paper"),
        collect(
            "<results>/paper/tables/{table}_{sample}.tex",
            table=["clusters", "groups", "metrics", "settings"],
            sample=samples_with_truth(),
        ),
        ["<results>/paper/numbers.json"] if samples_with_truth() else [],
        ["<results>/paper/manuscript.pdf"] if chemical_samples() else [],
        collect("<results>/paper/tables/taggers_{sample}.tex", sample=scanned_samples()),
        collect("<results>/tag/{sample}.scan.found.ecsv", sample=scanned_samples(False)),
    localrule: True
