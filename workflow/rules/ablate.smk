"""Stage `ablate`: what the headline owes to its metric, space, ratio and elements; a warning on UMAP.

Needs recipes of the simulator or `<results>/select/`; makes
`<results>/ablate/` and its figures; reads `ablate`, `embed`, `seed`, `spaces` and `samples` of the
config. Ablations and warnings are made of the samples that `ablate` names, maps side by side
(of `<results>/embed/`) of every sample. Nothing of it feeds back into the tagging.
"""


rule ablate_recipe:
    """Ablate the headline of a sample on realisations of the recipe of its catalogue."""
    input:
        recipe=recipe_of_sample,
    output:
        scores="<results>/ablate/{sample}.ablation_scores.ecsv",
        ablations="<results>/ablate/{sample}.ablations.ecsv",
    log:
        "<logs>/ablate_recipe/{sample}.log",
    benchmark:
        "<benchmarks>/ablate_recipe/{sample}.jsonl"
    wildcard_constraints:
        sample=one_of(ablated_by_recipe()) or "(?!)",
    conda:
        "../../envs/ablate.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(120),
    params:
        code=version_of("ablate_recipe"),
        elements=of_config("samples/{sample}/elements"),
        space=headline_space_block,
        headline=of_config("samples/{sample}/headline"),
        block=of_config("ablate"),
        n_field=ablated_field,
        error_scale=error_scale_of_sample,
        min_members=of_config("samples/{sample}/min_members"),
        seed=of_config("seed"),
    script:
        "../scripts/ablate_recipe.py"


rule ablate_sample:
    """Ablate the headline of a sample on its own stars."""
    input:
        abundances="<results>/select/{sample}.abundances.parquet",
        truth="<results>/select/{sample}.truth.parquet",
    output:
        ablations="<results>/ablate/{sample}.ablations.ecsv",
    log:
        "<logs>/ablate_sample/{sample}.log",
    benchmark:
        "<benchmarks>/ablate_sample/{sample}.jsonl"
    wildcard_constraints:
        sample=one_of(ablated_as_they_are()) or "(?!)",
    conda:
        "../../envs/ablate.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=growing(240),
    params:
        code=version_of("ablate_sample"),
        elements=of_config("samples/{sample}/elements"),
        space=headline_space_block,
        headline=of_config("samples/{sample}/headline"),
        block=of_config("ablate"),
        n_bootstrap=of_config("score/bootstrap"),
        seed=of_config("seed"),
    script:
        "../scripts/ablate_sample.py"


rule try_umap:
    """Count groups on UMAPs of a sample and of structureless data: a warning."""
    input:
        space=in_headline_space("<results>/space/{sample}.{space}.parquet"),
        truth="<results>/select/{sample}.truth.parquet",
    output:
        warning="<results>/ablate/{sample}.umap_warning.ecsv",
    log:
        "<logs>/try_umap/{sample}.log",
    benchmark:
        "<benchmarks>/try_umap/{sample}.jsonl"
    conda:
        "../../envs/ablate.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(120),
    params:
        code=version_of("try_umap"),
        headline=of_config("samples/{sample}/headline"),
        umap=map_parameters,
        seeds=of_config("ablate/umap_seeds"),
        permutations=of_config("ablate/permutations"),
        seed=of_config("seed"),
    script:
        "../scripts/try_umap.py"


rule ablate:
    """Ablations and warnings of the samples that the config names, maps of every sample."""
    input:
        figures_of("ablate"),
    localrule: True
