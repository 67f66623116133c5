"""Stage `cmd`: the colour-magnitude diagrams of candidates, judged by models of synthetic clusters.

Needs the sealed candidates of `<results>/vet/`, isochrones and the photometry of the user; makes
`<results>/cmd/`; reads `cmd`, `vet` and `seed` of the config. Without samples, or without isochrones,
nothing is made.
"""


rule judge_diagrams:
    """Judge the colour-magnitude diagram of each candidate of a sample."""
    input:
        abundances="<results>/select/{sample}.abundances.parquet",
        candidates="<results>/vet/{sample}.candidates.ecsv",
        candidate_members="<results>/vet/{sample}.candidate_stars.ecsv",
        seal="<results>/vet/{sample}.seal.json",
        photometry=table_of_photometry,
        isochrones=table_of_isochrones,
    output:
        diagrams="<results>/cmd/{sample}.diagrams.ecsv",
        diagram_points="<results>/cmd/{sample}.points.parquet",
    log:
        "<logs>/judge_diagrams/{sample}.log",
    benchmark:
        "<benchmarks>/judge_diagrams/{sample}.jsonl"
    conda:
        "../../envs/cmd.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(120),
    params:
        code=version_of("judge_diagrams"),
        content=content_of_diagrams,
        columns=of_config("cmd/samples/{sample}"),
        grid=of_config("cmd/isochrones", default=None),
        training=of_config("cmd/training"),
        terms=diagram_terms(),
        n_data=len(config["vet"]["data"]) + 1,
        incomplete=why_no_diagrams,
        seed=of_config("seed"),
    script:
        "../scripts/judge_diagrams.py"


rule cmd:
    """Verdicts by the diagrams of each sample that the config names, and their figures."""
    input:
        collect("<results>/cmd/{sample}.diagrams.ecsv", sample=samples_with_diagrams()),
        figures_of("cmd"),
    localrule: True
