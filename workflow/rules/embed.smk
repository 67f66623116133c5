"""Stage `embed`: maps of a chemical space, for pictures only.

Needs `<results>/space/`; makes `<results>/embed/`; reads `embed` of the config. Never reads a
members table, and no groups or scores depend on a map.
"""


rule embed_stars:
    """Draw the UMAP of one chemical space, and compare it with other maps."""
    input:
        space="<results>/space/{sample}.{space}.parquet",
    output:
        embedding="<results>/embed/{sample}.{space}.umap.parquet",
        maps="<results>/embed/{sample}.{space}.maps.parquet",
        quality="<results>/embed/{sample}.{space}.quality.ecsv",
    log:
        "<logs>/embed_stars/{sample}.{space}.log",
    benchmark:
        "<benchmarks>/embed_stars/{sample}.{space}.jsonl"
    conda:
        "../../envs/embed.yaml"
    resources:
        mem_mb=growing(2500),
        runtime=growing(30),
    params:
        code=version_of("embed_stars"),
        seed=of_config("seed"),
        parameters=map_parameters,
        name="{sample}.{space}",
    script:
        "../scripts/embed_stars.py"
