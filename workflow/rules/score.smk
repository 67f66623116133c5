"""Stage `score`: the groups of every setting against the clusters, with nulls and intervals.

Needs `<results>/tag/`, `<results>/space/`;
makes `<results>/score/`; reads `seed`, `score`, `tag/backend` and `samples/*/{catalog, truth,
headline, min_members}` of the config.
"""


rule score_other_clusters:
    """Tag and score the sample with other clusters in the place of its own: the error bars."""
    input:
        space="<results>/space/{sample}.{space}.parquet",
        truth="<results>/select/{sample}.truth.parquet",
    output:
        others="<results>/score/{sample}.{space}.other_clusters.parquet",
    log:
        "<logs>/score_other_clusters/{sample}.{space}.log",
    benchmark:
        "<benchmarks>/score_other_clusters/{sample}.{space}.jsonl"
    conda:
        "../../envs/score.yaml"
    resources:
        mem_mb=growing(3000),
        runtime=growing(60),
    params:
        code=version_of("score_other_clusters"),
        headline=lookup("samples/{sample}/headline", within=config),
        n_draws=lookup("score/other_clusters", within=config),
        backend=lookup("tag/backend", within=config),
        seed=lookup("seed", within=config),
    script:
        "../scripts/score_other_clusters.py"


rule score_groups:
    """Score the groups of every setting, each score beside its chance level."""
    input:
        groups="<results>/tag/{sample}.{space}.groups.parquet",
        settings="<results>/tag/{sample}.{space}.settings.ecsv",
        space="<results>/space/{sample}.{space}.parquet",
        truth="<results>/select/{sample}.truth.parquet",
        others=other_clusters_of_headline,
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
        n_permutations=lookup("score/permutations", within=config),
        n_bootstrap=lookup("score/bootstrap", within=config),
        seed=lookup("seed", within=config),
    script:
        "../scripts/score_groups.py"


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
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(120),
    params:
        code=version_of("score_row_order"),
        grid=lookup("samples/{sample}/grid", within=config),
        orders=lookup("score/row_orders/orders", within=config),
        seed=lookup("seed", within=config),
    script:
        "../scripts/score_row_order.py"


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
