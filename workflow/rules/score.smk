"""Stage `score`: the groups of every setting against the clusters, with nulls and intervals.

Needs `<results>/{select,space,tag}/`;
makes `<results>/score/`; reads `seed`, `score`, `tag/backend` and `samples/*/{catalog, truth,
headline, min_members}` of the config.
"""


rule score_resampled_clusters:
    """Tag and score the sample with other clusters in the place of its own: the error bars."""
    input:
        space="<results>/space/{sample}.{space}.parquet",
        truth="<results>/select/{sample}.truth.parquet",
    output:
        resampled="<results>/score/{sample}.{space}.resampled_clusters.parquet",
    log:
        "<logs>/score_resampled_clusters/{sample}.{space}.log",
    benchmark:
        "<benchmarks>/score_resampled_clusters/{sample}.{space}.jsonl"
    conda:
        "../../envs/score.yaml"
    resources:
        mem_mb=growing(3000),
        runtime=growing(60),
    params:
        code=version_of("score_resampled_clusters"),
        headline=of_config("samples/{sample}/headline"),
        n_draws=of_config("score/other_clusters"),
        backend=of_config("tag/backend"),
        seed=of_config("seed"),
    script:
        "../scripts/score_resampled_clusters.py"


rule score_groups:
    """Score the groups of every setting, each score beside its chance level."""
    input:
        groups="<results>/tag/{sample}.{space}.groups.parquet",
        settings="<results>/tag/{sample}.{space}.settings.ecsv",
        space="<results>/space/{sample}.{space}.parquet",
        truth="<results>/select/{sample}.truth.parquet",
        resampled=resampled_clusters_of_headline,
    output:
        scores="<results>/score/{sample}.{space}.scores.ecsv",
        clusters="<results>/score/{sample}.{space}.clusters.ecsv",
        group_scores="<results>/score/{sample}.{space}.group_scores.ecsv",
        recovery="<results>/score/{sample}.{space}.recovery.ecsv",
        recovery_sizes="<results>/score/{sample}.{space}.recovery_sizes.ecsv",
        oracle_scores="<results>/score/{sample}.{space}.oracle_scores.ecsv",
    log:
        "<logs>/score_groups/{sample}.{space}.log",
    benchmark:
        "<benchmarks>/score_groups/{sample}.{space}.jsonl"
    conda:
        "../../envs/score.yaml"
    resources:
        mem_mb=growing(3000),
        runtime=growing(30),
    params:
        code=version_of("score_groups"),
        headline=headline_setting,
        n_permutations=of_config("score/permutations"),
        n_bootstrap=of_config("score/bootstrap"),
        seed=of_config("seed"),
    script:
        "../scripts/score_groups.py"


rule score_oracle:
    """Score the best setting of all spaces of a sample, chosen by the truth: a limit, no result."""
    input:
        groups=in_each_space("<results>/tag/{sample}.{space}.groups.parquet"),
        settings=in_each_space("<results>/tag/{sample}.{space}.settings.ecsv"),
        truth="<results>/select/{sample}.truth.parquet",
        own_recovery=in_headline_space("<results>/score/{sample}.{space}.recovery.ecsv"),
        own_sizes=in_headline_space(
            "<results>/score/{sample}.{space}.recovery_sizes.ecsv"
        ),
    output:
        oracle_scores="<results>/score/{sample}.oracle_scores.ecsv",
        recovery="<results>/score/{sample}.recovery.ecsv",
        recovery_sizes="<results>/score/{sample}.recovery_sizes.ecsv",
    log:
        "<logs>/score_oracle/{sample}.log",
    benchmark:
        "<benchmarks>/score_oracle/{sample}.jsonl"
    conda:
        "../../envs/score.yaml"
    resources:
        mem_mb=growing(3000),
        runtime=growing(60),
    params:
        code=version_of("score_oracle"),
        spaces=of_config("samples/{sample}/spaces"),
        n_permutations=of_config("score/permutations"),
        n_bootstrap=of_config("score/bootstrap"),
        seed=of_config("seed"),
    script:
        "../scripts/score_oracle.py"


rule score_row_order:
    """Score other packages of HDBSCAN with the rows in many orders, over the whole grid."""
    input:
        space="<results>/space/{sample}.{space}.parquet",
        truth="<results>/select/{sample}.truth.parquet",
    output:
        row_orders="<results>/score/{sample}.{space}.row_orders.ecsv",
    log:
        "<logs>/score_row_order/{sample}.{space}.log",
    benchmark:
        "<benchmarks>/score_row_order/{sample}.{space}.jsonl"
    conda:
        "../../envs/score.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(120),
    params:
        code=version_of("score_row_order"),
        grid=of_config("samples/{sample}/grid"),
        orders=of_config("score/row_orders/orders"),
        seed=of_config("seed"),
    script:
        "../scripts/score_row_order.py"


rule score_lists:
    """Score the groups of the headline against each list of members at each of its cuts."""
    input:
        groups=in_headline_space("<results>/tag/{sample}.{space}.groups.parquet"),
        truth="<results>/select/{sample}.truth.parquet",
        lists="<results>/select/{sample}.lists.parquet",
    output:
        list_scores="<results>/score/{sample}.list_scores.ecsv",
    log:
        "<logs>/score_lists/{sample}.log",
    benchmark:
        "<benchmarks>/score_lists/{sample}.jsonl"
    conda:
        "../../envs/score.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        code=version_of("score_lists"),
        headline=headline_setting,
        named=of_config("score/lists/{sample}"),
        min_members=of_config("samples/{sample}/min_members"),
        n_permutations=of_config("score/permutations"),
        n_bootstrap=of_config("score/bootstrap"),
        seed=of_config("seed"),
    script:
        "../scripts/score_lists.py"


rule score_masses:
    """Recovery of dissolved clusters against their mass at birth."""
    input:
        clusters="<results>/score/{sample}.{space}.clusters.ecsv",
        truth="<results>/select/{sample}.truth.parquet",
    output:
        mass_recovery="<results>/score/{sample}.{space}.masses.ecsv",
    log:
        "<logs>/score_masses/{sample}.{space}.log",
    benchmark:
        "<benchmarks>/score_masses/{sample}.{space}.jsonl"
    conda:
        "../../envs/score.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        code=version_of("score_masses"),
        headline=headline_setting,
    script:
        "../scripts/score_masses.py"


rule score_redraws:
    """Score the headline groups of every draw of the abundances within their errors."""
    input:
        redrawn=redraws_of_headline,
        truth="<results>/select/{sample}.truth.parquet",
    output:
        redrawn_scores="<results>/score/{sample}.redrawn_scores.ecsv",
    log:
        "<logs>/score_redraws/{sample}.log",
    benchmark:
        "<benchmarks>/score_redraws/{sample}.jsonl"
    conda:
        "../../envs/score.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        code=version_of("score_redraws"),
    script:
        "../scripts/score_redraws.py"


rule score_scan:
    """Score the groups of the tagger of known width, beside HDBSCAN's and by the same scorer."""
    input:
        members="<results>/tag/{sample}.scan.groups.parquet",
        truth="<results>/select/{sample}.truth.parquet",
    output:
        scores="<results>/score/{sample}.scan.scores.ecsv",
        clusters="<results>/score/{sample}.scan.clusters.ecsv",
        group_scores="<results>/score/{sample}.scan.group_scores.ecsv",
        scan_recovery="<results>/score/{sample}.scan.recovery.ecsv",
    log:
        "<logs>/score_scan/{sample}.log",
    benchmark:
        "<benchmarks>/score_scan/{sample}.jsonl"
    conda:
        "../../envs/score.yaml"
    resources:
        mem_mb=growing(3000),
        runtime=growing(30),
    params:
        code=version_of("score_scan"),
        n_permutations=of_config("score/permutations"),
        n_bootstrap=of_config("score/bootstrap"),
        seed=of_config("seed"),
    script:
        "../scripts/score_scan.py"


rule measure_coherence:
    """Measure the scatter within and between the clusters of a sample."""
    input:
        abundances="<results>/select/{sample}.abundances.parquet",
        truth="<results>/select/{sample}.truth.parquet",
    output:
        coherence="<results>/score/{sample}.coherence.ecsv",
        elements="<results>/score/{sample}.elements.ecsv",
    log:
        "<logs>/measure_coherence/{sample}.log",
    benchmark:
        "<benchmarks>/measure_coherence/{sample}.jsonl"
    conda:
        "../../envs/score.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        code=version_of("measure_coherence"),
        seed=of_config("seed"),
        draws=of_config("score/bootstrap"),
    script:
        "../scripts/measure_coherence.py"
