"""Stage `limits`: what could be found in a chemical space at best, by chance, and by tuning on truth.

Needs `<results>/{select,space,tag,score}/`; makes
`<results>/limits/`; reads `seed`, `limits`, `score/bootstrap`, `tag/{backend, draw_scale}`,
`spaces/*/error_conversion` and `samples/*/{catalog, truth, grid, headline, min_members}` of the
config. Nulls are surrogate samples, tagged and scored as the sample is; nothing of them feeds back
into the tagging of the sample.
"""


rule measure_ceiling:
    """Measure what a classifier told all other labels gets, star by star."""
    input:
        space="<results>/space/{sample}.{space}.parquet",
        truth="<results>/select/{sample}.truth.parquet",
    output:
        ceiling="<results>/limits/{sample}.{space}.ceiling.ecsv",
        clusters="<results>/limits/{sample}.{space}.ceiling_clusters.ecsv",
    log:
        "<logs>/measure_ceiling/{sample}.{space}.log",
    benchmark:
        "<benchmarks>/measure_ceiling/{sample}.{space}.jsonl"
    conda:
        "../../envs/limits.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        code=version_of("measure_ceiling"),
        neighbours=of_config("limits/neighbours"),
        n_bootstrap=of_config("score/bootstrap"),
        seed=of_config("seed"),
    script:
        "../scripts/measure_ceiling.py"


rule scan_told_width:
    """Scan with the width of other clusters, leave-one-cluster-out: told truth, never the headline."""
    input:
        abundances="<results>/select/{sample}.abundances.parquet",
        truth="<results>/select/{sample}.truth.parquet",
    output:
        told_width="<results>/limits/{sample}.told_width.ecsv",
    log:
        "<logs>/scan_told_width/{sample}.log",
    benchmark:
        "<benchmarks>/scan_told_width/{sample}.jsonl"
    conda:
        "../../envs/limits.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        code=version_of("scan_told_width"),
        ratio=lambda wildcards: headline_space_block(wildcards)["ratio"],
        error_conversion=headline_error_conversion,
        seed=of_config("seed"),
    script:
        "../scripts/scan_told_width.py"


rule rescan_stars:
    """Scan shuffled samples and draws within the errors, beside the scan of the sample."""
    input:
        abundances="<results>/select/{sample}.abundances.parquet",
        truth="<results>/select/{sample}.truth.parquet",
        members="<results>/tag/{sample}.scan.groups.parquet",
        scatter=scatter_of_scan,
    output:
        rescans="<results>/limits/{sample}.rescans.ecsv",
        scan_stability="<results>/limits/{sample}.scan_stability.ecsv",
    log:
        "<logs>/rescan_stars/{sample}.log",
    benchmark:
        "<benchmarks>/rescan_stars/{sample}.jsonl"
    conda:
        "../../envs/limits.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        code=version_of("rescan_stars"),
        ratio=lambda wildcards: headline_space_block(wildcards)["ratio"],
        error_conversion=headline_error_conversion,
        source=of_config("width/source"),
        width_settings=width_settings(),
        settings=scan_settings(),
        draw_scale=of_config("tag/draw_scale"),
        replicates=of_config("limits/rescans/replicates"),
        seed=of_config("seed"),
    script:
        "../scripts/rescan_stars.py"


rule measure_doppelgangers:
    """Count pairs of stars of different birth as alike as stars of one cluster."""
    input:
        space="<results>/space/{sample}.{space}.parquet",
        abundances="<results>/select/{sample}.abundances.parquet",
        truth="<results>/select/{sample}.truth.parquet",
    output:
        doppelgangers="<results>/limits/{sample}.{space}.doppelgangers.ecsv",
        separations="<results>/limits/{sample}.{space}.separations.ecsv",
    log:
        "<logs>/measure_doppelgangers/{sample}.{space}.log",
    benchmark:
        "<benchmarks>/measure_doppelgangers/{sample}.{space}.jsonl"
    conda:
        "../../envs/limits.yaml"
    resources:
        mem_mb=growing(3000),
        runtime=growing(30),
    params:
        code=version_of("measure_doppelgangers"),
        error_conversion=of_config("spaces/{space}/error_conversion"),
        fe_h_width=of_config("limits/fe_h_width"),
        n_pairs=of_config("limits/pairs"),
        n_bootstrap=of_config("score/bootstrap"),
        seed=of_config("seed"),
    script:
        "../scripts/measure_doppelgangers.py"


rule measure_information:
    """Count the dimensions, and rank the elements, that tell clusters apart."""
    input:
        space="<results>/space/{sample}.{space}.parquet",
        abundances="<results>/select/{sample}.abundances.parquet",
        truth="<results>/select/{sample}.truth.parquet",
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
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        code=version_of("measure_information"),
        error_conversion=of_config("spaces/{space}/error_conversion"),
        n_bootstrap=of_config("score/bootstrap"),
        seed=of_config("seed"),
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
        draw_scale=of_config("tag/draw_scale"),
        error_conversion=of_config("spaces/{space}/error_conversion"),
        backend=of_config("tag/backend"),
        perturbations=of_config("limits/perturbations"),
        seed=of_config("seed"),
    script:
        "../scripts/judge_settings.py"


rule tune_settings:
    """Score the settings chosen blindly beside headline, oracle and nested choice."""
    input:
        criteria=in_each_space("<results>/limits/{sample}.{space}.criteria.ecsv"),
        clusters=in_each_space("<results>/score/{sample}.{space}.clusters.ecsv"),
    output:
        tuning="<results>/limits/{sample}.tuning.ecsv",
        tuned_settings="<results>/limits/{sample}.tuned_settings.ecsv",
    log:
        "<logs>/tune_settings/{sample}.log",
    benchmark:
        "<benchmarks>/tune_settings/{sample}.jsonl"
    conda:
        "../../envs/limits.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        code=version_of("tune_settings"),
        spaces=of_config("samples/{sample}/spaces"),
        space=of_config("samples/{sample}/headline/space"),
        headline=headline_setting,
        halves=of_config("limits/halves"),
        seed=of_config("seed"),
    script:
        "../scripts/tune_settings.py"


rule retag_nulls:
    """Tag and score surrogates of a sample: no clumps, no structure, no siblings, no scatter."""
    input:
        space="<results>/space/{sample}.{space}.parquet",
        abundances="<results>/select/{sample}.abundances.parquet",
        truth="<results>/select/{sample}.truth.parquet",
    output:
        draws="<results>/limits/nulls/{sample}.{space}.{batch}.parquet",
    log:
        "<logs>/retag_nulls/{sample}.{space}.{batch}.log",
    benchmark:
        "<benchmarks>/retag_nulls/{sample}.{space}.{batch}.jsonl"
    conda:
        "../../envs/limits.yaml"
    resources:
        mem_mb=growing(3000),
        runtime=growing(120),
    params:
        code=version_of("retag_nulls"),
        name="{sample}.{space}",
        grid=of_config("samples/{sample}/grid"),
        headline=of_config("samples/{sample}/headline"),
        grid_stars=of_config("limits/nulls/grid_stars"),
        error_conversion=of_config("spaces/{space}/error_conversion"),
        backend=of_config("tag/backend"),
        seed=of_config("seed"),
    script:
        "../scripts/retag_nulls.py"


rule summarise_nulls:
    """Set each score of a sample beside all nulls."""
    input:
        scores=in_headline_space("<results>/score/{sample}.{space}.scores.ecsv"),
        oracle_scores=in_headline_space(
            "<results>/score/{sample}.{space}.oracle_scores.ecsv"
        ),
        draws=null_draws,
    output:
        nulls="<results>/limits/{sample}.nulls.ecsv",
    log:
        "<logs>/summarise_nulls/{sample}.log",
    benchmark:
        "<benchmarks>/summarise_nulls/{sample}.jsonl"
    conda:
        "../../envs/limits.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=version_of("summarise_nulls"),
        headline=headline_setting,
    script:
        "../scripts/summarise_nulls.py"


rule limits:
    """Ceilings, doppelgangers, information, tuning and nulls of each sample."""
    input:
        spaces_of_samples(
            "<results>/limits/{sample}.{space}.ceiling.ecsv", samples_with_truth()
        ),
        spaces_of_samples("<results>/limits/{sample}.{space}.criteria.ecsv"),
        of_each_headline("<results>/limits/{sample}.{space}.cluster_pairs.ecsv"),
        figures_of("limits"),
        collect(
            "<results>/limits/{sample}.told_width.ecsv", sample=told_width_samples()
        ),
        collect("<results>/limits/{sample}.rescans.ecsv", sample=rescanned_samples()),
    localrule: True
