"""Stage `tag`: groups of stars in a chemical space, over the whole grid of settings.

Needs `<results>/space/` and, for draws within the errors, `<results>/select/`; makes
`<results>/tag/`; reads `seed`, `samples/*/{grid, headline, stars}`, `spaces/*/{ratio, error_conversion}`,
`width` and `tag` of the config. Never reads a members table.
"""


wildcard_constraints:
    batch="[0-9]+-[0-9]+",


rule tag_stars:
    """Find groups in one chemical space for every setting of the grid."""
    input:
        space="<results>/space/{sample}.{space}.parquet",
        errors="<results>/space/{sample}.{space}.errors.parquet",
    output:
        groups="<results>/tag/{sample}.{space}.groups.parquet",
        settings="<results>/tag/{sample}.{space}.settings.ecsv",
    log:
        "<logs>/tag_stars/{sample}.{space}.log",
    benchmark:
        "<benchmarks>/tag_stars/{sample}.{space}.jsonl"
    conda:
        "../../envs/tag.yaml"
    threads: 2
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        code=version_of("tag_stars"),
        grid=of_config("samples/{sample}/grid"),
        taggers=of_config("samples/{sample}/taggers"),
        backend=of_config("tag/backend"),
        seed=of_config("seed"),
    script:
        "../scripts/tag_stars.py"


rule redraw_stars:
    """Tag a batch of draws of the abundances within their errors, at the headline setting."""
    input:
        abundances="<results>/select/{sample}.abundances.parquet",
        space="<results>/space/{sample}.{space}.parquet",
    output:
        redrawn_groups="<results>/tag/redraws/{sample}.{space}.{batch}.parquet",
    log:
        "<logs>/redraw_stars/{sample}.{space}.{batch}.log",
    benchmark:
        "<benchmarks>/redraw_stars/{sample}.{space}.{batch}.jsonl"
    conda:
        "../../envs/tag.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        code=version_of("redraw_stars"),
        draw_scale=of_config("tag/draw_scale"),
        error_conversion=of_config("spaces/{space}/error_conversion"),
        headline=of_config("samples/{sample}/headline"),
        backend=of_config("tag/backend"),
        seed=of_config("seed"),
    script:
        "../scripts/redraw_stars.py"


rule find_consensus:
    """Find what the groups of all draws agree upon, and how stable the headline groups are."""
    input:
        space="<results>/space/{sample}.{space}.parquet",
        groups="<results>/tag/{sample}.{space}.groups.parquet",
        redrawn=collect(
            "<results>/tag/redraws/{sample}.{space}.{batch}.parquet",
            batch=redraw_batches(),
            allow_missing=True,
        ),
    output:
        consensus="<results>/tag/{sample}.{space}.consensus.parquet",
        stability="<results>/tag/{sample}.{space}.stability.ecsv",
        redraws="<results>/tag/{sample}.{space}.redraws.ecsv",
    log:
        "<logs>/find_consensus/{sample}.{space}.log",
    benchmark:
        "<benchmarks>/find_consensus/{sample}.{space}.jsonl"
    conda:
        "../../envs/tag.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        code=version_of("find_consensus"),
        headline=of_config("samples/{sample}/headline"),
        threshold=of_config("tag/consensus_threshold"),
    script:
        "../scripts/find_consensus.py"


rule measure_row_order:
    """Measure how far the groups of the package hdbscan depend on the order of the rows."""
    input:
        space="<results>/space/{sample}.{space}.parquet",
    output:
        row_order="<results>/tag/{sample}.{space}.row_order.ecsv",
    log:
        "<logs>/measure_row_order/{sample}.{space}.log",
    benchmark:
        "<benchmarks>/measure_row_order/{sample}.{space}.jsonl"
    conda:
        "../../envs/tag.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(120),
    params:
        code=version_of("measure_row_order"),
        headline=of_config("samples/{sample}/headline"),
        permutations=of_config("tag/permutations_of_rows"),
        cap=of_config("tag/permutations_cap"),
        seed=of_config("seed"),
    script:
        "../scripts/measure_row_order.py"


rule draw_scan_null:
    """Search samples without a group, for the p-values of the groups of known width."""
    input:
        abundances="<results>/select/{sample}.abundances.parquet",
        scatter=scatter_of_scan,
    output:
        null="<results>/tag/nulls/{sample}.{chunk}.parquet",
    log:
        "<logs>/draw_scan_null/{sample}.{chunk}.log",
    benchmark:
        "<benchmarks>/draw_scan_null/{sample}.{chunk}.jsonl"
    wildcard_constraints:
        chunk=r"\d+",
    conda:
        "../../envs/tag.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        code=version_of("draw_scan_null"),
        ratio=lambda wildcards: headline_space_block(wildcards)["ratio"],
        error_conversion=headline_error_conversion,
        source=of_config("width/source"),
        width_settings=width_settings(),
        settings=scan_settings(),
        seed=of_config("seed"),
    script:
        "../scripts/draw_scan_null.py"


rule scan_stars:
    """Find groups of the known width of a birth cluster above a smooth field."""
    input:
        abundances="<results>/select/{sample}.abundances.parquet",
        scatter=scatter_of_scan,
        null=scan_nulls,
    output:
        members="<results>/tag/{sample}.scan.groups.parquet",
        found="<results>/tag/{sample}.scan.found.ecsv",
    log:
        "<logs>/scan_stars/{sample}.log",
    benchmark:
        "<benchmarks>/scan_stars/{sample}.jsonl"
    conda:
        "../../envs/tag.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        code=version_of("scan_stars"),
        ratio=lambda wildcards: headline_space_block(wildcards)["ratio"],
        error_conversion=headline_error_conversion,
        source=of_config("width/source"),
        width_settings=width_settings(),
        settings=scan_settings(),
        members_only=members_only,
        seed=of_config("seed"),
    script:
        "../scripts/scan_stars.py"
