"""Stage `space`: chemical spaces of a sample, one column a dimension.

Needs `<results>/select/`; makes `<results>/space/`; reads `spaces` and `width` of the config. Never reads a
members table.
"""


rule make_space:
    """Convert the ratio of the abundances and scale them."""
    input:
        abundances="<results>/select/{sample}.abundances.parquet",
        scatter=scatter_of_space,
    output:
        space="<results>/space/{sample}.{space}.parquet",
        errors="<results>/space/{sample}.{space}.errors.parquet",
    log:
        "<logs>/make_space/{sample}.{space}.log",
    benchmark:
        "<benchmarks>/make_space/{sample}.{space}.jsonl"
    conda:
        "../../envs/space.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=version_of("make_space"),
        name="{space}",
        ratio=of_config("spaces/{space}/ratio"),
        scale=of_config("spaces/{space}/scale"),
        error_conversion=of_config("spaces/{space}/error_conversion"),
        transform=of_config("spaces/{space}/transform"),
        components=of_config("spaces/{space}/components", default=None),
        width=of_config("spaces/{space}/width", default=None),
        width_settings=settings_of_signal,
    script:
        "../scripts/make_space.py"
