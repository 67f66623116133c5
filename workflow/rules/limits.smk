"""Stage `limits`: what anybody could find in a chemical space, and what tuning on truth flatters.

Needs `<results>/{select,space,tag,score}/` and the truth in `<results>/survey/`; makes
`<results>/limits/`; reads `seed`, `limits`, `score/bootstrap`, `tag/{backend, draw_scale}`,
`spaces/*/error_conversion` and `samples/*/{catalog, truth, headline, min_members}` of the config.
"""


rule measure_ceiling:
    """Measure what a classifier told all other labels gets, star by star."""
    input:
        space="<results>/space/{sample}.{space}.parquet",
        truth=truth_table(),
    output:
        ceiling="<results>/limits/{sample}.{space}.ceiling.ecsv",
        clusters="<results>/limits/{sample}.{space}.ceiling_clusters.ecsv",
    log:
        "<logs>/measure_ceiling/{sample}.{space}.log",
    benchmark:
        "<benchmarks>/measure_ceiling/{sample}.{space}.jsonl"
    conda:
        "../../envs/limits.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        code=version_of("measure_ceiling"),
        min_members=lookup("samples/{sample}/min_members", within=config),
        neighbours=lookup("limits/neighbours", within=config),
        n_bootstrap=lookup("score/bootstrap", within=config),
        seed=lookup("seed", within=config),
    script:
        "../scripts/measure_ceiling.py"


rule measure_doppelgangers:
    """Count pairs of stars of different birth as alike as stars of one cluster."""
    input:
        space="<results>/space/{sample}.{space}.parquet",
        abundances="<results>/select/{sample}.abundances.parquet",
        truth=truth_table(),
    output:
        doppelgangers="<results>/limits/{sample}.{space}.doppelgangers.ecsv",
        separations="<results>/limits/{sample}.{space}.separations.ecsv",
    log:
        "<logs>/measure_doppelgangers/{sample}.{space}.log",
    benchmark:
        "<benchmarks>/measure_doppelgangers/{sample}.{space}.jsonl"
    conda:
        "../../envs/limits.yaml"
    threads: 1
    resources:
        mem_mb=growing(3000),
        runtime=growing(30),
    params:
        code=version_of("measure_doppelgangers"),
        min_members=lookup("samples/{sample}/min_members", within=config),
        error_conversion=lookup("spaces/{space}/error_conversion", within=config),
        fe_h_width=lookup("limits/fe_h_width", within=config),
        n_pairs=lookup("limits/pairs", within=config),
        n_bootstrap=lookup("score/bootstrap", within=config),
        seed=lookup("seed", within=config),
    script:
        "../scripts/measure_doppelgangers.py"


rule measure_information:
    """Count the dimensions, and rank the elements, that tell clusters apart."""
    input:
        space="<results>/space/{sample}.{space}.parquet",
        abundances="<results>/select/{sample}.abundances.parquet",
        truth=truth_table(),
    output:
        information="<results>/limits/{sample}.{space}.information.ecsv",
        spectrum="<results>/limits/{sample}.{space}.spectrum.ecsv",
        elements="<results>/limits/{sample}.{space}.elements.ecsv",
        pairs="<results>/limits/{sample}.{space}.cluster_pairs.ecsv",
    log:
        "<logs>/measure_information/{sample}.{space}.log",
    benchmark:
        "<benchmarks>/measure_information/{sample}.{space}.jsonl"
    conda:
        "../../envs/limits.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        code=version_of("measure_information"),
        min_members=lookup("samples/{sample}/min_members", within=config),
        error_conversion=lookup("spaces/{space}/error_conversion", within=config),
        n_bootstrap=lookup("score/bootstrap", within=config),
        seed=lookup("seed", within=config),
    script:
        "../scripts/measure_information.py"


rule judge_settings:
    """Judge every setting without the truth, and let each criterion choose one."""
    input:
        space="<results>/space/{sample}.{space}.parquet",
        abundances="<results>/select/{sample}.abundances.parquet",
        settings="<results>/tag/{sample}.{space}.settings.ecsv",
        groups="<results>/tag/{sample}.{space}.groups.parquet",
    output:
        criteria="<results>/limits/{sample}.{space}.criteria.ecsv",
    log:
        "<logs>/judge_settings/{sample}.{space}.log",
    benchmark:
        "<benchmarks>/judge_settings/{sample}.{space}.jsonl"
    conda:
        "../../envs/limits.yaml"
    threads: 2
    resources:
        mem_mb=growing(3000),
        runtime=growing(60),
    params:
        code=version_of("judge_settings"),
        draw_scale=lookup("tag/draw_scale", within=config),
        error_conversion=lookup("spaces/{space}/error_conversion", within=config),
        backend=lookup("tag/backend", within=config),
        perturbations=lookup("limits/perturbations", within=config),
        seed=lookup("seed", within=config),
    script:
        "../scripts/judge_settings.py"


rule tune_settings:
    """Score the settings chosen blindly beside headline, oracle and nested choice."""
    input:
        criteria="<results>/limits/{sample}.{space}.criteria.ecsv",
        clusters="<results>/score/{sample}.{space}.clusters.ecsv",
    output:
        tuning="<results>/limits/{sample}.{space}.tuning.ecsv",
        tuned_settings="<results>/limits/{sample}.{space}.tuned_settings.ecsv",
    log:
        "<logs>/tune_settings/{sample}.{space}.log",
    benchmark:
        "<benchmarks>/tune_settings/{sample}.{space}.jsonl"
    conda:
        "../../envs/limits.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        code=version_of("tune_settings"),
        headline=headline_setting,
        halves=lookup("limits/halves", within=config),
        seed=lookup("seed", within=config),
    script:
        "../scripts/tune_settings.py"


rule plot_limits:
    """Draw what tuning and told labels would find beside the headline."""
    input:
        tuning=of_each_headline("<results>/limits/{sample}.{space}.tuning.ecsv"),
        ceilings=of_each_headline("<results>/limits/{sample}.{space}.ceiling.ecsv"),
        style=style_sheet(),
    output:
        pdf="<results>/paper/figures/limits.pdf",
        png=report(
            "<results>/paper/figures/limits.png",
            caption="../report/limits.rst",
            category="Limits",
            labels={
                "sample": "all",
                "figure": "tuning and ceilings",
            },
        ),
        drawn="<results>/paper/figures/limits.ecsv",
    log:
        "<logs>/plot_limits.log",
    benchmark:
        "<benchmarks>/plot_limits.jsonl"
    conda:
        "../../envs/limits.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=version_of("plot_limits"),
        labels=sample_labels(),
    script:
        "../scripts/plot_limits.py"


rule plot_pairs:
    """Draw pair precision against pair recall over the settings."""
    input:
        scores=of_each_headline("<results>/score/{sample}.{space}.scores.ecsv"),
        style=style_sheet(),
    output:
        pdf="<results>/paper/figures/pairs.pdf",
        png=report(
            "<results>/paper/figures/pairs.png",
            caption="../report/pairs.rst",
            category="Recovery",
            labels={
                "sample": "all",
                "figure": "pair precision and recall",
            },
        ),
        drawn="<results>/paper/figures/pairs.ecsv",
    log:
        "<logs>/plot_pairs.log",
    benchmark:
        "<benchmarks>/plot_pairs.jsonl"
    conda:
        "../../envs/limits.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=version_of("plot_pairs"),
        labels=sample_labels(),
        headlines={
            sample: setting_name(**block["headline"])
            for sample, block in config["samples"].items()
        },
    script:
        "../scripts/plot_pairs.py"


rule plot_doppelgangers:
    """Draw the separations of pairs of stars."""
    input:
        doppelgangers=in_headline_space(
            "<results>/limits/{sample}.{space}.doppelgangers.ecsv"
        ),
        separations=in_headline_space(
            "<results>/limits/{sample}.{space}.separations.ecsv"
        ),
        style=style_sheet(),
    output:
        pdf="<results>/paper/figures/doppelgangers_{sample}.pdf",
        png=report(
            "<results>/paper/figures/doppelgangers_{sample}.png",
            caption="../report/doppelgangers.rst",
            category="Limits",
            labels={
                "sample": "{sample}",
                "figure": "doppelgangers",
            },
        ),
        drawn="<results>/paper/figures/doppelgangers_{sample}.ecsv",
    log:
        "<logs>/plot_doppelgangers/{sample}.log",
    benchmark:
        "<benchmarks>/plot_doppelgangers/{sample}.jsonl"
    conda:
        "../../envs/limits.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=version_of("plot_doppelgangers"),
        label=sample_label,
        space=lookup("samples/{sample}/headline/space", within=config),
        space_block=headline_space_block,
    script:
        "../scripts/plot_doppelgangers.py"


rule plot_information:
    """Draw dimensions and elements that tell clusters apart."""
    input:
        information=in_headline_space(
            "<results>/limits/{sample}.{space}.information.ecsv"
        ),
        spectrum=in_headline_space("<results>/limits/{sample}.{space}.spectrum.ecsv"),
        elements=in_headline_space("<results>/limits/{sample}.{space}.elements.ecsv"),
        style=style_sheet(),
    output:
        pdf="<results>/paper/figures/information_{sample}.pdf",
        png=report(
            "<results>/paper/figures/information_{sample}.png",
            caption="../report/information.rst",
            category="Limits",
            labels={
                "sample": "{sample}",
                "figure": "information",
            },
        ),
        drawn="<results>/paper/figures/information_{sample}.ecsv",
    log:
        "<logs>/plot_information/{sample}.log",
    benchmark:
        "<benchmarks>/plot_information/{sample}.jsonl"
    conda:
        "../../envs/limits.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=version_of("plot_information"),
        element_keys=lookup("samples/{sample}/elements", within=config),
        label=sample_label,
    script:
        "../scripts/plot_information.py"


rule limits:
    """Ceilings, doppelgangers, information and tuning of each sample."""
    input:
        spaces_of_samples("<results>/limits/{sample}.{space}.ceiling.ecsv"),
        collect(
            "<results>/paper/figures/{figure}_{sample}.pdf",
            figure=["doppelgangers", "information"],
            sample=config["samples"],
        ),
        of_each_headline("<results>/limits/{sample}.{space}.cluster_pairs.ecsv"),
        collect("<results>/paper/figures/{figure}.pdf", figure=["limits", "pairs"]),
    localrule: True
