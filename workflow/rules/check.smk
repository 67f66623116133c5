"""Stage `check`: invariants of the tables; a failed verdict fails the run.

Needs the tables of all stages before `paper`; makes `<results>/check/`.
"""


rule check_sample:
    """Check the tables of one sample and space."""
    input:
        abundances="<results>/select/{sample}.abundances.parquet",
        funnel="<results>/select/{sample}.funnel.ecsv",
        space="<results>/space/{sample}.{space}.parquet",
        groups="<results>/tag/{sample}.{space}.groups.parquet",
        settings="<results>/tag/{sample}.{space}.settings.ecsv",
        scores=if_scored("<results>/score/{sample}.{space}.scores.ecsv"),
        clusters=if_scored("<results>/score/{sample}.{space}.clusters.ecsv"),
    output:
        verdicts="<results>/check/{sample}.{space}.json",
    log:
        "<logs>/check_sample/{sample}.{space}.log",
    benchmark:
        "<benchmarks>/check_sample/{sample}.{space}.jsonl"
    conda:
        "../../envs/check.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        code=version_of("check_sample"),
    script:
        "../scripts/check_sample.py"


rule check_checklist:
    """Count the points that the checklist of a sample lacks; a strict run has none."""
    input:
        points="<results>/report/checklist/{sample}.json",
    output:
        verdict="<results>/check/checklist/{sample}.json",
    log:
        "<logs>/check_checklist/{sample}.log",
    benchmark:
        "<benchmarks>/check_checklist/{sample}.jsonl"
    conda:
        "../../envs/check.yaml"
    resources:
        mem_mb=growing(500),
        runtime=growing(10),
    params:
        code=version_of("check_checklist"),
        strict=of_config("report/strict"),
    script:
        "../scripts/check_checklist.py"


rule check:
    """All checks of the run."""
    input:
        spaces_of_samples("<results>/check/{sample}.{space}.json"),
        of_each_sample("<results>/check/checklist/{sample}.json"),
    localrule: True
