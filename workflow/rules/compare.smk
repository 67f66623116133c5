"""Stage `compare`: many clustering algorithms on one sample, by the scorer of all others.

Needs `<results>/{select,space}/`; makes `<results>/compare/`;
reads `seed`, `compare`, `score/bootstrap`, `width`, `spaces/*/error_conversion` and `samples/*/{catalog,
stars, truth, headline, min_members, label}` of the config.
"""


rule compare_algorithms:
    """Run each algorithm in a process of its own; score, compare and cost them."""
    input:
        space=in_headline_space("<results>/space/{sample}.{space}.parquet"),
        errors=in_headline_space("<results>/space/{sample}.{space}.errors.parquet"),
        abundances="<results>/select/{sample}.abundances.parquet",
        truth="<results>/select/{sample}.truth.parquet",
    output:
        algorithms="<results>/compare/{sample}.algorithms.ecsv",
        leaderboard="<results>/compare/{sample}.leaderboard.ecsv",
        clusters="<results>/compare/{sample}.clusters.ecsv",
        algorithm_noise="<results>/compare/{sample}.noise.ecsv",
        recovered_by_any="<results>/compare/{sample}.recovered_by_any.ecsv",
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
        alone=members_alone,
        names=of_config("compare/algorithms"),
        settings=of_config("compare/settings"),
        caps=of_config("compare/caps"),
        headline=of_config("samples/{sample}/headline"),
        time_limit=of_config("compare/time_limit"),
        error_conversion=headline_error_conversion,
        width=width_settings(),
        n_permutations=of_config("compare/permutations"),
        n_bootstrap=of_config("score/bootstrap"),
        seed=of_config("seed"),
    script:
        "../scripts/compare_algorithms.py"


rule compare_spaces:
    """Tag the stars of a sample by motions, by abundances and by both, with the same algorithms."""
    input:
        abundances="<results>/select/{sample}.abundances.parquet",
        truth="<results>/select/{sample}.truth.parquet",
    output:
        two_spaces="<results>/compare/{sample}.two_spaces.ecsv",
        two_spaces_nulls="<results>/compare/{sample}.two_spaces_nulls.ecsv",
    log:
        "<logs>/compare_spaces/{sample}.log",
    benchmark:
        "<benchmarks>/compare_spaces/{sample}.jsonl"
    conda:
        "../../envs/compare.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=growing(120),
    params:
        code=version_of("compare_spaces"),
        alone=members_alone,
        names=of_config("compare/two_spaces/algorithms", default=None),
        settings=of_config("compare/settings"),
        caps=of_config("compare/caps"),
        headline=of_config("samples/{sample}/headline"),
        time_limit=of_config("compare/time_limit"),
        shuffles=of_config("compare/two_spaces/shuffles", default=None),
        n_permutations=of_config("compare/permutations"),
        n_bootstrap=of_config("score/bootstrap"),
        seed=of_config("seed"),
    script:
        "../scripts/compare_spaces.py"


rule time_algorithms:
    """Time each algorithm over growing numbers of stars of a sample."""
    input:
        space=in_headline_space("<results>/space/{sample}.{space}.parquet"),
        errors=in_headline_space("<results>/space/{sample}.{space}.errors.parquet"),
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
        alone=members_alone,
        names=of_config("compare/algorithms"),
        settings=of_config("compare/settings"),
        caps=of_config("compare/caps"),
        headline=of_config("samples/{sample}/headline"),
        ladder=of_config("compare/scaling/ladder", default=None),
        repeats=of_config("compare/scaling/repeats", default=None),
        time_limit=of_config("compare/scaling/time_limit", default=None),
        error_conversion=headline_error_conversion,
        width=width_settings(),
        seed=of_config("seed"),
    script:
        "../scripts/time_algorithms.py"


rule compare:
    """Leaderboards, agreement and scaling, as far as the config asks for them."""
    input:
        figures_of("compare"),
    localrule: True
