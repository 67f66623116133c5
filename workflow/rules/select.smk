"""Stage `select`: clean abundances of the stars of a sample, and where the others went.

Needs `<results>/survey/`; makes `<results>/select/`; reads `samples/*/{catalog, stars, features,
cuts, min_members}` of the config. Reads members for `stars: members` and for the counts of the
funnel only, and `<results>/predict/` where a window names a predicted label.
"""


rule select_stars:
    """Cut flagged, duplicate and incomplete stars of a sample; count them in a funnel."""
    input:
        mask_definitions,
        stars=collect(
            "<results>/survey/{catalog}.stars.parquet",
            catalog=of_config("samples/{sample}/catalog"),
        ),
        members=collect(
            "<results>/survey/{catalog}.members.ecsv",
            catalog=of_config("samples/{sample}/catalog"),
        ),
        predicted=labels_of_windows,
    output:
        abundances="<results>/select/{sample}.abundances.parquet",
        funnel="<results>/select/{sample}.funnel.ecsv",
    log:
        "<logs>/select_stars/{sample}.log",
    benchmark:
        "<benchmarks>/select_stars/{sample}.jsonl"
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
        kind=of_config("samples/{sample}/truth"),
        min_members=of_config("samples/{sample}/min_members"),
    script:
        "../scripts/label_stars.py"
