"""Stage `tag`: groups of stars in a chemical space, over the whole grid of settings.

Needs `<results>/space/`; makes `<results>/tag/`; reads `samples/*/grid` and `tag` of the config.
Never reads a members table.
"""


rule tag_stars:
    """Find groups in one chemical space for every setting of the grid."""
    input:
        space="<results>/space/{sample}.{space}.parquet",
        code=library("density", "log", "problems", "tables", "tagging"),
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
        mem_mb=2000,
        runtime=30,
    params:
        grid=lookup("samples/{sample}/grid", within=config),
        backend=lookup("tag/backend", within=config),
    script:
        "../scripts/tag_stars.py"
