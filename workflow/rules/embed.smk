"""Stage `embed`: maps of a chemical space, for pictures only.

Needs `<results>/space/`; makes `<results>/embed/`; reads `embed` of the config. Never reads a
members table, and no groups or scores depend on a map.
"""


rule embed_stars:
    """Draw the UMAP of one chemical space."""
    input:
        space="<results>/space/{sample}.{space}.parquet",
        code=library("density", "embedding", "log", "problems", "seeds", "tables"),
    output:
        embedding="<results>/embed/{sample}.{space}.umap.parquet",
    log:
        "<logs>/embed_stars/{sample}.{space}.log",
    benchmark:
        "<benchmarks>/embed_stars/{sample}.{space}.jsonl"
    conda:
        "../../envs/embed.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        seed=lookup("seed", within=config),
        n_neighbors=lookup("embed/n_neighbors", within=config),
        min_dist=lookup("embed/min_dist", within=config),
    script:
        "../scripts/embed_stars.py"
