"""Public datasets on the login node: `snakemake fetch --configfile …`; all else runs offline.

Needs `DATASETS` (config/datasets.yaml); makes `resources/downloads/{dataset}/`, shared by all runs;
reads `catalogs` and `mirrors` of the config. The one stage that goes online.
"""


rule fetch_dataset:
    """Fetch one dataset unless its file is there, and verify it in any case.

    The data file is no output: Snakemake removes outputs before a job and after a failure, and a
    file of gigabytes, maybe placed by hand, must outlive both. The record stands for it.
    """
    output:
        record="resources/downloads/{dataset}/verified.json",
    log:
        "<logs>/fetch_dataset/{dataset}.log",
    benchmark:
        "<benchmarks>/fetch_dataset/{dataset}.jsonl"
    wildcard_constraints:
        dataset=one_of(DATASETS),
    localrule: True
    conda:
        "../../envs/fetch.yaml"
    resources:
        mem_mb=500,
        runtime=1440,
    params:
        code=version_of("fetch_dataset"),
        row=lambda wildcards: DATASETS[wildcards.dataset],
        mirrors=of_config("mirrors", default={}),
    script:
        "../scripts/fetch_dataset.py"


rule fetch:
    """Fetch and verify the datasets that the configured catalogs name."""
    input:
        collect(
            "resources/downloads/{dataset}/verified.json",
            dataset=datasets_needed(config, DATASETS),
        ),
    localrule: True
