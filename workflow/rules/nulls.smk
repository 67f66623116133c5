"""Stage `nulls`: surrogate samples, tagged and scored as the sample is, beside its scores.

Needs `<results>/{select,space,score}/` and the truth in `<results>/survey/`; makes
`<results>/nulls/`; reads `seed`, `limits/nulls`, `tag/backend`, `spaces/*/error_conversion` and
`samples/*/{catalog, truth, grid, headline, min_members}` of the config. Nothing of it feeds back
into the tagging of the sample.
"""


rule retag_nulls:
    """Tag and score surrogates of a sample: no clumps, no structure, no siblings, no scatter."""
    input:
        space="<results>/space/{sample}.{space}.parquet",
        abundances="<results>/select/{sample}.abundances.parquet",
        truth=truth_table(),
    output:
        draws="<results>/nulls/{sample}.{space}.{batch}.parquet",
    log:
        "<logs>/retag_nulls/{sample}.{space}.{batch}.log",
    benchmark:
        "<benchmarks>/retag_nulls/{sample}.{space}.{batch}.jsonl"
    conda:
        "../../envs/nulls.yaml"
    threads: 1
    resources:
        mem_mb=growing(3000),
        runtime=growing(120),
    params:
        code=version_of("retag_nulls"),
        name="{sample}.{space}",
        grid=lookup("samples/{sample}/grid", within=config),
        headline=lookup("samples/{sample}/headline", within=config),
        grid_stars=lookup("limits/nulls/grid_stars", within=config),
        error_conversion=lookup("spaces/{space}/error_conversion", within=config),
        min_members=lookup("samples/{sample}/min_members", within=config),
        backend=lookup("tag/backend", within=config),
        seed=lookup("seed", within=config),
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
        nulls="<results>/nulls/{sample}.nulls.ecsv",
    log:
        "<logs>/summarise_nulls/{sample}.log",
    benchmark:
        "<benchmarks>/summarise_nulls/{sample}.jsonl"
    conda:
        "../../envs/nulls.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=version_of("summarise_nulls"),
        headline=headline_setting,
    script:
        "../scripts/summarise_nulls.py"


rule nulls:
    """Scores of each sample beside six nulls."""
    input:
        figures_of("nulls"),
    localrule: True
