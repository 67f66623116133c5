"""Stage `forecast`: scores of many simulated surveys, and what takes their clusters away.

Needs a recipe of the simulator; makes `<results>/forecast/` in chunks, one job each; reads `seed` and
`limits/forecast` of the config. With `limits/injection` it also hides published clusters among the
field stars of each sample with `stars: all`. Without these blocks nothing is made.
"""


rule forecast_chunk:
    """Simulate some surveys and score them over field stars, errors and elements."""
    input:
        recipe=forecast_key("recipe", []),
    output:
        scores="<results>/forecast/scores_{chunk}.ecsv",
    log:
        "<logs>/forecast_chunk/{chunk}.log",
    benchmark:
        "<benchmarks>/forecast_chunk/{chunk}.jsonl"
    wildcard_constraints:
        chunk=r"\d+",
    conda:
        "../../envs/forecast.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(120),
    params:
        code=version_of("forecast_chunk"),
        realisations=forecast_key("realisations"),
        n_field=forecast_key("n_field"),
        error_scale=forecast_key("error_scale"),
        n_elements=forecast_key("n_elements"),
        without=forecast_key("without"),
        grid=forecast_key("grid"),
        headline=forecast_headline(),
        scan_stars=forecast_key("scan_stars"),
        seed=of_config("seed"),
    script:
        "../scripts/forecast_chunk.py"


rule summarise_forecast:
    """Average over the simulated surveys and split what is lost."""
    input:
        scores=collect(
            "<results>/forecast/scores_{chunk}.ecsv",
            chunk=range(forecast_key("chunks", 0)),
        ),
    output:
        forecast="<results>/forecast/forecast.ecsv",
        loss_budget="<results>/forecast/loss_budget.ecsv",
        false_groups="<results>/forecast/false_groups.ecsv",
    log:
        "<logs>/summarise_forecast.log",
    benchmark:
        "<benchmarks>/summarise_forecast.jsonl"
    conda:
        "../../envs/forecast.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        code=version_of("summarise_forecast"),
        n_field=forecast_key("n_field"),
        error_scale=forecast_key("error_scale"),
        n_elements=forecast_key("n_elements"),
    script:
        "../scripts/summarise_forecast.py"


rule compare_widths:
    """Tag simulated surveys with the width of each source, and with a wrong one."""
    input:
        recipe=forecast_key("recipe", []),
        scatter=of_config("limits/forecast/widths/scatter", default=[]),
    output:
        widths=report(
            "<results>/forecast/widths.ecsv",
            caption="../report/widths.rst",
            category="Forecast",
            labels={
                "sample": "simulated",
                "table": "sources of the width",
            },
        ),
    log:
        "<logs>/compare_widths.log",
    benchmark:
        "<benchmarks>/compare_widths.jsonl"
    conda:
        "../../envs/forecast.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(120),
    params:
        code=version_of("compare_widths"),
        realisations=of_config("limits/forecast/widths/realisations", default=None),
        n_field=of_config("limits/forecast/widths/n_field", default=None),
        factors=of_config("limits/forecast/widths/factors", default=None),
        n_elements=lambda wildcards: forecast_key("n_elements")[0],
        without=forecast_key("without"),
        seed=of_config("seed"),
    script:
        "../scripts/compare_widths.py"


rule inject_clusters:
    """Hide published clusters among the field stars of a sample and tag again."""
    input:
        abundances="<results>/select/{sample}.abundances.parquet",
        truth=if_scored("<results>/select/{sample}.truth.parquet"),
        means=of_config("limits/injection/means", default=[]),
        scatter=of_config("limits/injection/scatter", default=[]),
        width_scatter=scatter_of_scan,
    output:
        scores="<results>/forecast/{sample}.injection_scores.ecsv",
        injection="<results>/forecast/{sample}.injection.ecsv",
    log:
        "<logs>/inject_clusters/{sample}.log",
    benchmark:
        "<benchmarks>/inject_clusters/{sample}.jsonl"
    conda:
        "../../envs/forecast.yaml"
    threads: 2
    resources:
        mem_mb=growing(3000),
        runtime=growing(120),
    params:
        code=version_of("inject_clusters"),
        space=headline_space_block,
        n_field=of_config("limits/injection/n_field", default=None),
        realisations=of_config("limits/injection/realisations", default=None),
        grid=of_config("samples/{sample}/grid"),
        headline=headline_setting,
        scanned=lambda wildcards: wildcards.sample in config["tag"]["scan"]["samples"],
        source=of_config("width/source"),
        width_settings=width_settings(),
        seed=of_config("seed"),
    script:
        "../scripts/inject_clusters.py"


rule compare_published:
    """Set published scores beside those of many samples of a recipe."""
    input:
        recipe=of_config("limits/published/recipe", default=[]),
        scores=of_config("limits/published/scores", default=[]),
    output:
        table=report(
            "<results>/forecast/published.ecsv",
            caption="../report/published.rst",
            category="Forecast",
            labels={
                "sample": "simulated",
                "table": "published scores",
            },
        ),
    log:
        "<logs>/compare_published.log",
    benchmark:
        "<benchmarks>/compare_published.jsonl"
    conda:
        "../../envs/forecast.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(30),
    params:
        code=version_of("compare_published"),
        realisations=of_config("limits/published/realisations", default=None),
        setting=of_config("limits/published/setting", default=None),
        seed=of_config("seed"),
    script:
        "../scripts/compare_published.py"


rule repeat_sample:
    """Repeat a simulated sample with other seeds: is its headline a typical one?"""
    input:
        recipe=recipe_of_sample,
        scores=in_headline_space("<results>/score/{sample}.{space}.scores.ecsv"),
    output:
        repeats="<results>/forecast/{sample}.repeats.ecsv",
    log:
        "<logs>/repeat_sample/{sample}.log",
    benchmark:
        "<benchmarks>/repeat_sample/{sample}.jsonl"
    conda:
        "../../envs/forecast.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(60),
    params:
        code=version_of("repeat_sample"),
        catalog=catalog_of_sample,
        block=of_config("samples/{sample}"),
        space=headline_space_block,
        realisations=of_config("limits/repeats"),
        seed=of_config("seed"),
    script:
        "../scripts/repeat_sample.py"


rule plan_chunk:
    """Simulate some surveys and tag them over a plane of errors and field stars."""
    input:
        recipe=planner_key("recipe", []),
    output:
        matches="<results>/forecast/planner_{chunk}.parquet",
    log:
        "<logs>/plan_chunk/{chunk}.log",
    benchmark:
        "<benchmarks>/plan_chunk/{chunk}.jsonl"
    wildcard_constraints:
        chunk=r"\d+",
    conda:
        "../../envs/forecast.yaml"
    resources:
        mem_mb=growing(1500 + max(planner_key("n_field", [0])) // 500),
        runtime=growing(120),
    params:
        code=version_of("plan_chunk"),
        realisations=planner_key("realisations"),
        n_field=planner_key("n_field"),
        error_scale=planner_key("error_scale"),
        without=planner_key("without"),
        element_sets=planner_key("element_sets"),
        whole=planner_key("whole"),
        grid=planner_key("grid"),
        headline=planner_headline(),
        seed=of_config("seed"),
    script:
        "../scripts/plan_chunk.py"


rule summarise_plan:
    """Recovery over errors and field stars, the contour of one half, and surveys as points."""
    input:
        matches=collect(
            "<results>/forecast/planner_{chunk}.parquet",
            chunk=range(planner_key("chunks", 0)),
        ),
        recipe=planner_key("recipe", []),
        precisions=planner_key("precisions", []),
        abundances=collect(
            "<results>/select/{sample}.abundances.parquet", sample=planned_samples()
        ),
        truth=collect(
            "<results>/select/{sample}.truth.parquet", sample=planned_samples()
        ),
        repeats=(
            collect(
                "<results>/forecast/{sample}.repeats.ecsv", sample=planned_samples()
            )
            if config["limits"]["repeats"]
            else []
        ),
    output:
        planner=report(
            "<results>/forecast/planner.ecsv",
            caption="../report/planner.rst",
            category="Forecast",
            labels={
                "sample": "simulated",
                "table": "survey planner",
            },
        ),
        contour="<results>/forecast/planner_contour.ecsv",
        points="<results>/forecast/planner_points.ecsv",
        elements="<results>/forecast/planner_elements.ecsv",
    log:
        "<logs>/summarise_plan.log",
    benchmark:
        "<benchmarks>/summarise_plan.jsonl"
    conda:
        "../../envs/forecast.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        code=version_of("summarise_plan"),
        labels=[label_of(sample) for sample in planned_samples()],
    script:
        "../scripts/summarise_plan.py"


rule forecast:
    """Contamination, precision, loss budget and injection, as far as the config asks for them."""
    input:
        figures_of("forecast"),
        collect("<results>/forecast/{sample}.repeats.ecsv", sample=repeated_samples()),
        (
            ["<results>/forecast/published.ecsv"]
            if "published" in config["limits"]
            else []
        ),
    localrule: True
