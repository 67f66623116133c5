"""Stage `survey`: the stars of a catalog and an observer's list of cluster members.

Needs a recipe of the simulator or a user's table; makes `<results>/survey/`; reads `catalogs` and
`seed` of the config. A simulated catalog also gets its truth, `birth.parquet`.
"""


rule simulate_survey:
    """Draw the stars and members of a simulated catalog from its recipe."""
    input:
        recipe=of_config("catalogs/{catalog}/recipe"),
    output:
        stars="<results>/survey/{catalog}.stars.parquet",
        members="<results>/survey/{catalog}.members.ecsv",
        birth="<results>/survey/{catalog}.birth.parquet",
    log:
        "<logs>/simulate_survey/{catalog}.log",
    benchmark:
        "<benchmarks>/simulate_survey/{catalog}.jsonl"
    wildcard_constraints:
        catalog=catalogs_of_kind("simulate"),
    priority: 1
    conda:
        "../../envs/survey.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        code=version_of("simulate_survey"),
        seed=of_config("seed"),
        n_field=of_config("catalogs/{catalog}/n_field", default=None),
        error_scale=of_config("catalogs/{catalog}/error_scale"),
    script:
        "../scripts/simulate_survey.py"


rule read_catalog:
    """Read a user's catalogue and its cluster members into the canonical tables.

    The records of verified datasets must be there, but their age says nothing: they are made anew
    when `mirrors` change, while the files stay.
    """
    input:
        ancient(verified_records),
        table=catalog_file,
        members_table=members_file,
        field_table=field_file,
        aliases=of_checkout("resources/clusters/aliases.yaml"),
    output:
        stars="<results>/survey/{catalog}.stars.parquet",
        members="<results>/survey/{catalog}.members.ecsv",
    log:
        "<logs>/read_catalog/{catalog}.log",
    benchmark:
        "<benchmarks>/read_catalog/{catalog}.jsonl"
    wildcard_constraints:
        catalog=catalogs_of_kind("table"),
    priority: 1
    conda:
        "../../envs/survey.yaml"
    resources:
        mem_mb=growing(3000),
        runtime=growing(30),
    params:
        code=version_of("read_catalog"),
        block=of_config("catalogs/{catalog}"),
        asked=features_asked,
        seed=of_config("seed"),
        content=content_of_tables,
    script:
        "../scripts/read_catalog.py"
