"""Stage `ablate`: what the headline owes to its metric, space, ratio and elements; a warning on UMAP.

Needs recipes of the simulator or `<results>/select/`, and the truth in `<results>/survey/`; makes
`<results>/ablate/` and its figures; reads `ablate`, `seed`, `spaces` and `samples` of the config.
Makes nothing unless `ablate/samples` or `ablate/umap_samples` names a sample. Nothing of it feeds
back into the tagging.
"""


rule ablate_recipe:
    """Ablate the headline of a sample on realisations of the recipe of its catalogue."""
    input:
        recipe=recipe_of_sample,
        code=library(
            "abundances",
            "ablation",
            "configuration",
            "density",
            "evaluation",
            "forecast",
            "intervals",
            "log",
            "nulls",
            "problems",
            "score_tables",
            "scoring",
            "seeds",
            "simulation",
            "spaces",
            "tables",
            "tagging",
        ),
    output:
        cells="<results>/ablate/{sample}.cells.ecsv",
        ablations="<results>/ablate/{sample}.ablations.ecsv",
    log:
        "<logs>/ablate_recipe/{sample}.log",
    benchmark:
        "<benchmarks>/ablate_recipe/{sample}.jsonl"
    wildcard_constraints:
        sample=one_of(ablated_by_recipe()) or "(?!)",
    conda:
        "../../envs/ablate.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(120),
    params:
        elements=lookup("samples/{sample}/elements", within=config),
        space=headline_space_block,
        headline=lookup("samples/{sample}/headline", within=config),
        block=lookup("ablate", within=config),
        n_field=ablated_field,
        error_scale=error_scale_of_sample,
        min_members=lookup("samples/{sample}/min_members", within=config),
        seed=lookup("seed", within=config),
    script:
        "../scripts/ablate_recipe.py"


rule ablate_sample:
    """Ablate the headline of a sample on its own stars."""
    input:
        abundances="<results>/select/{sample}.abundances.parquet",
        truth=truth_table(),
        code=library(
            "abundances",
            "ablation",
            "configuration",
            "density",
            "evaluation",
            "forecast",
            "intervals",
            "log",
            "nulls",
            "problems",
            "score_tables",
            "scoring",
            "seeds",
            "simulation",
            "spaces",
            "tables",
            "tagging",
        ),
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
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(240),
    params:
        elements=lookup("samples/{sample}/elements", within=config),
        space=headline_space_block,
        headline=lookup("samples/{sample}/headline", within=config),
        block=lookup("ablate", within=config),
        min_members=lookup("samples/{sample}/min_members", within=config),
        n_bootstrap=lookup("score/bootstrap", within=config),
        seed=lookup("seed", within=config),
    script:
        "../scripts/ablate_sample.py"


rule plot_ablations:
    """Draw RF40 of each variant and its paired difference to the headline."""
    input:
        ablations="<results>/ablate/{sample}.ablations.ecsv",
        style=style_sheet(),
        code=library("figures", "log", "problems", "tables"),
    output:
        pdf="<results>/paper/figures/ablations_{sample}.pdf",
        png=report(
            "<results>/paper/figures/ablations_{sample}.png",
            caption="../report/ablations.rst",
            category="Ablations",
            labels={
                "sample": "{sample}",
                "figure": "ablations",
            },
        ),
        drawn="<results>/paper/figures/ablations_{sample}.ecsv",
    log:
        "<logs>/plot_ablations/{sample}.log",
    benchmark:
        "<benchmarks>/plot_ablations/{sample}.jsonl"
    conda:
        "../../envs/ablate.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        label=sample_label,
    script:
        "../scripts/plot_ablations.py"


rule ablate:
    """Ablations of each sample that the config names."""
    input:
        collect(
            "<results>/paper/figures/ablations_{sample}.pdf",
            sample=config["ablate"]["samples"],
        ),
    localrule: True
