"""Stage `select`: clean abundances of the stars of a sample, and where the others went.

Needs `<results>/survey/`; makes `<results>/select/`; reads `samples/*/{catalog, stars, features,
cuts, min_members, truth}`, `score/lists` of the config. Reads members for `stars: members` and for the counts of the
funnel only, `<results>/predict/` where a window names a predicted label, and `<results>/tag/` of another
sample where its groups are the truth.
"""


rule list_members:
    """List the members of the groups of another sample, which are the truth of this one."""
    input:
        groups=groups_of_truth,
    output:
        members="<results>/select/{sample}.members.ecsv",
    log:
        "<logs>/list_members/{sample}.log",
    benchmark:
        "<benchmarks>/list_members/{sample}.jsonl"
    wildcard_constraints:
        sample=one_of(samples_with_found_truth()) or "(?!)",
    conda:
        "../../envs/select.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=version_of("list_members"),
        truth=of_config("samples/{sample}/truth"),
    script:
        "../scripts/list_members.py"


rule gather_lists:
    """Gather the lists of members that a sample is scored against beside its truth."""
    input:
        ancient(records_of_lists),
        stars=collect(
            "<results>/survey/{catalog}.stars.parquet",
            catalog=of_config("samples/{sample}/catalog"),
        ),
        catalog_members=collect(
            "<results>/survey/{catalog}.members.ecsv",
            catalog=of_config("samples/{sample}/catalog"),
        ),
        members=members_of_sample,
        birth=birth_of_lists,
        groups=groups_of_lists,
        tables=tables_of_lists,
        aliases=of_checkout("resources/clusters/aliases.yaml"),
    output:
        lists="<results>/select/{sample}.lists.parquet",
        listed="<results>/select/{sample}.listed.ecsv",
    log:
        "<logs>/gather_lists/{sample}.log",
    benchmark:
        "<benchmarks>/gather_lists/{sample}.jsonl"
    wildcard_constraints:
        sample=one_of(config["score"]["lists"]) or "(?!)",
    conda:
        "../../envs/select.yaml"
    resources:
        mem_mb=growing(3000),
        runtime=growing(20),
    params:
        code=version_of("gather_lists"),
        named=of_config("score/lists/{sample}"),
        catalog=catalog_of_sample,
        content=lambda wildcards: digest_of_tables(tables_of_lists(wildcards)),
    script:
        "../scripts/gather_lists.py"


rule select_stars:
    """Cut flagged, duplicate and incomplete stars of a sample; count them in a funnel."""
    input:
        mask_definitions,
        stars=collect(
            "<results>/survey/{catalog}.stars.parquet",
            catalog=of_config("samples/{sample}/catalog"),
        ),
        members=members_of_sample,
        listed=listed_to_keep,
        predicted=labels_of_windows,
    output:
        abundances="<results>/select/{sample}.abundances.parquet",
        funnel="<results>/select/{sample}.funnel.ecsv",
    log:
        "<logs>/select_stars/{sample}.log",
    benchmark:
        "<benchmarks>/select_stars/{sample}.jsonl"
    # Before other jobs, as are the stars it needs: the funnel is the first figure of a run.
    priority: 2
    conda:
        "../../envs/select.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=growing(30),
    params:
        code=version_of("select_stars"),
        keep=of_config("samples/{sample}/stars"),
        features=features_of_sample,
        cuts=of_config("samples/{sample}/cuts"),
        seed=of_config("seed"),
    script:
        "../scripts/select_stars.py"


rule label_stars:
    """Say of each star of a sample which cluster it belongs to: the truth of all scores."""
    input:
        abundances="<results>/select/{sample}.abundances.parquet",
        listed=list_of_clusters,
    output:
        truth="<results>/select/{sample}.truth.parquet",
    log:
        "<logs>/label_stars/{sample}.log",
    benchmark:
        "<benchmarks>/label_stars/{sample}.jsonl"
    wildcard_constraints:
        sample=one_of(labelled_samples()) or "(?!)",
    conda:
        "../../envs/select.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=version_of("label_stars"),
        kind=kind_of_truth,
        min_members=of_config("samples/{sample}/min_members"),
    script:
        "../scripts/label_stars.py"
