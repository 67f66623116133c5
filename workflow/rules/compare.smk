"""Stage `compare`: many clustering algorithms on one sample, by the scorer of all others.

Needs `<results>/{select,space}/`; makes `<results>/compare/`;
reads `seed`, `compare`, `score/bootstrap`, `spaces/*/error_conversion` and `samples/*/{catalog,
truth, headline, min_members, label}` of the config.
"""


rule compare_algorithms:
    """Run each algorithm in a process of its own; score, compare and cost them."""
    input:
        space=in_headline_space("<results>/space/{sample}.{space}.parquet"),
        abundances="<results>/select/{sample}.abundances.parquet",
        truth="<results>/select/{sample}.truth.parquet",
    output:
        algorithms="<results>/compare/{sample}.algorithms.ecsv",
        leaderboard="<results>/compare/{sample}.leaderboard.ecsv",
        clusters="<results>/compare/{sample}.clusters.ecsv",
        algorithm_noise="<results>/compare/{sample}.noise.ecsv",
        recovered_by_anyone="<results>/compare/{sample}.anyone.ecsv",
        algorithm_agreement="<results>/compare/{sample}.agreement.ecsv",
        algorithm_groups="<results>/compare/{sample}.groups.parquet",
        algorithm_costs="<results>/compare/{sample}.costs.ecsv",
    log:
        "<logs>/compare_algorithms/{sample}.log",
    benchmark:
        "<benchmarks>/compare_algorithms/{sample}.jsonl"
    conda:
        "../../envs/compare.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=growing(120),
    params:
        code=version_of("compare_algorithms"),
        names=lookup("compare/algorithms", within=config),
        settings=lookup("compare/settings", within=config),
        caps=lookup("compare/caps", within=config),
        headline=lookup("samples/{sample}/headline", within=config),
        time_limit=lookup("compare/time_limit", within=config),
        error_conversion=headline_error_conversion,
        n_permutations=lookup("compare/permutations", within=config),
        n_bootstrap=lookup("score/bootstrap", within=config),
        seed=lookup("seed", within=config),
    script:
        "../scripts/compare_algorithms.py"


rule time_algorithms:
    """Time each algorithm over growing numbers of stars of a sample."""
    input:
        space=in_headline_space("<results>/space/{sample}.{space}.parquet"),
        abundances="<results>/select/{sample}.abundances.parquet",
        truth="<results>/select/{sample}.truth.parquet",
    output:
        timings="<results>/compare/{sample}.timings.costs.ecsv",
        scaling="<results>/compare/{sample}.scaling.costs.ecsv",
    log:
        "<logs>/time_algorithms/{sample}.log",
    benchmark:
        "<benchmarks>/time_algorithms/{sample}.jsonl"
    conda:
        "../../envs/compare.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=growing(240),
    params:
        code=version_of("time_algorithms"),
        names=lookup("compare/algorithms", within=config),
        settings=lookup("compare/settings", within=config),
        caps=lookup("compare/caps", within=config),
        headline=lookup("samples/{sample}/headline", within=config),
        ladder=lookup("compare/scaling/ladder", within=config, default=None),
        repeats=lookup("compare/scaling/repeats", within=config, default=None),
        time_limit=lookup("compare/scaling/time_limit", within=config, default=None),
        error_conversion=headline_error_conversion,
        seed=lookup("seed", within=config),
    script:
        "../scripts/time_algorithms.py"


rule compare:
    """Leaderboards, agreement and scaling, as far as the config asks for them."""
    input:
        figures_of("compare"),
    localrule: True
