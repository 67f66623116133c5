"""Stage `predict`: labels of few stars carried over to many, with intervals.

Needs a table of labelled stars for each task, of the user or of the run; makes `<results>/predict/`;
reads `seed` and `predict` of the config. Without tasks nothing is made. Of what it predicts nothing
enters the tagging by itself.
"""


rule evaluate_models:
    """Predict every labelled star by models that have not seen it, and rank the models."""
    input:
        table=file_of_task("table"),
        spectra=file_of_task("path", inside="xp"),
    output:
        predictions="<results>/predict/{task}.predictions.parquet",
        predictor_leaderboard="<results>/predict/{task}.leaderboard.ecsv",
        predictor_costs="<results>/predict/{task}.costs.ecsv",
    log:
        "<logs>/evaluate_models/{task}.log",
    benchmark:
        "<benchmarks>/evaluate_models/{task}.jsonl"
    conda:
        "../../envs/predict.yaml"
    resources:
        mem_mb=growing(3000),
        runtime=growing(120),
    params:
        code=version_of("evaluate_models"),
        content=content_of_labels,
        block=block_of_task,
        seed=of_config("seed"),
    script:
        "../scripts/evaluate_models.py"


rule rank_features:
    """Rank the features of the default model by what their permutation costs."""
    input:
        table=file_of_task("table"),
        spectra=file_of_task("path", inside="xp"),
        predictor_leaderboard="<results>/predict/{task}.leaderboard.ecsv",
    output:
        feature_importance="<results>/predict/{task}.importance.ecsv",
    log:
        "<logs>/rank_features/{task}.log",
    benchmark:
        "<benchmarks>/rank_features/{task}.jsonl"
    conda:
        "../../envs/predict.yaml"
    resources:
        mem_mb=growing(3000),
        runtime=growing(60),
    params:
        code=version_of("rank_features"),
        content=content_of_labels,
        block=block_of_task,
        seed=of_config("seed"),
    script:
        "../scripts/rank_features.py"


rule train_predictor:
    """Train the default model of the leaderboard on all labelled stars, and store it."""
    input:
        table=file_of_task("table"),
        spectra=file_of_task("path", inside="xp"),
        predictor_leaderboard="<results>/predict/{task}.leaderboard.ecsv",
    output:
        predictor="<results>/predict/{task}.predictor.zip",
    log:
        "<logs>/train_predictor/{task}.log",
    benchmark:
        "<benchmarks>/train_predictor/{task}.jsonl"
    conda:
        "../../envs/predict.yaml"
    resources:
        mem_mb=growing(3000),
        runtime=growing(60),
    params:
        code=version_of("train_predictor"),
        content=content_of_labels,
        block=block_of_task,
        seed=of_config("seed"),
    script:
        "../scripts/train_predictor.py"


rule apply_predictor:
    """Predict the label of every star of a catalogue, in chunks."""
    input:
        predictor="<results>/predict/{task}.predictor.zip",
        catalogue=file_of_task("catalogue", inside="apply"),
    output:
        predicted="<results>/predict/{task}.catalogue.parquet",
    log:
        "<logs>/apply_predictor/{task}.log",
    benchmark:
        "<benchmarks>/apply_predictor/{task}.jsonl"
    conda:
        "../../envs/predict.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(240),
    params:
        code=version_of("apply_predictor"),
        content=lambda wildcards, input: digest_of_tables([input.catalogue]),
        chunk=of_config("predict/{task}/apply/chunk", default=None),
    script:
        "../scripts/apply_predictor.py"


rule predict:
    """Scores, predictors, predicted catalogues and figures of each task of the config."""
    input:
        collect(
            "<results>/predict/{task}.{kind}",
            task=config["predict"],
            kind=["predictions.parquet", "leaderboard.ecsv", "predictor.zip"],
        ),
        collect(
            "<results>/predict/{task}.catalogue.parquet",
            task=[name for name, task in config["predict"].items() if "apply" in task],
        ),
        figures_of("predict"),
    localrule: True
