"""Figures of the stage `paper`: each drawn from tables as PDF and PNG beside its drawn data.

Needs the truth in `<results>/survey/`, `<results>/{select,tag,embed,score}/` and
`<results>/paper/tables/`; makes `<results>/paper/figures/`; reads `samples/*/{catalog, truth, label,
spaces, elements, headline}` of the config.
"""


rule plot_map:
    """Draw the map of a sample: true clusters beside groups."""
    input:
        embedding=in_headline_space("<results>/embed/{sample}.{space}.umap.parquet"),
        truth=truth_table(),
        groups=in_headline_space("<results>/tag/{sample}.{space}.groups.parquet"),
        recovered="<results>/paper/tables/groups_{sample}.ecsv",
        style=style_sheet(),
    output:
        pdf="<results>/paper/figures/map_{sample}.pdf",
        png=report(
            "<results>/paper/figures/map_{sample}.png",
            caption="../report/map.rst",
            category="Maps",
            labels={
                "sample": "{sample}",
                "figure": "truth | groups",
            },
        ),
        drawn="<results>/paper/figures/map_{sample}.parquet",
    log:
        "<logs>/plot_map/{sample}.log",
    benchmark:
        "<benchmarks>/plot_map/{sample}.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        code=version_of("plot_map"),
        label=sample_label,
        space=lookup("samples/{sample}/headline/space", within=config),
        setting=headline_setting,
    script:
        "../scripts/plot_map.py"


rule plot_purity_completeness:
    """Draw the best match of each cluster in the plane of purity and completeness."""
    input:
        clusters="<results>/paper/tables/clusters_{sample}.ecsv",
        style=style_sheet(),
    output:
        pdf="<results>/paper/figures/purity_completeness_{sample}.pdf",
        png=report(
            "<results>/paper/figures/purity_completeness_{sample}.png",
            caption="../report/purity_completeness.rst",
            category="Recovery",
            labels={
                "sample": "{sample}",
                "figure": "purity and completeness",
            },
        ),
        drawn="<results>/paper/figures/purity_completeness_{sample}.ecsv",
    log:
        "<logs>/plot_purity_completeness/{sample}.log",
    benchmark:
        "<benchmarks>/plot_purity_completeness/{sample}.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=version_of("plot_purity_completeness"),
        label=sample_label,
    script:
        "../scripts/plot_purity_completeness.py"


rule plot_recovery:
    """Draw the recovery fraction of every sample against the threshold and the size of clusters."""
    input:
        recovery=of_each_headline("<results>/score/{sample}.{space}.recovery.ecsv"),
        sizes=of_each_headline("<results>/score/{sample}.{space}.recovery_sizes.ecsv"),
        published="resources/published/casamiquela2021_recovery.yaml",
        style=style_sheet(),
    output:
        pdf="<results>/paper/figures/recovery.pdf",
        png=report(
            "<results>/paper/figures/recovery.png",
            caption="../report/recovery.rst",
            category="Recovery",
            labels={
                "sample": "all",
                "figure": "recovery against threshold and size",
            },
        ),
        drawn="<results>/paper/figures/recovery.ecsv",
    log:
        "<logs>/plot_recovery.log",
    benchmark:
        "<benchmarks>/plot_recovery.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=version_of("plot_recovery"),
        labels=sample_labels(),
        published_samples=samples_of_recipe("resources/recipes/highres.yaml"),
    script:
        "../scripts/plot_recovery.py"


rule plot_grid:
    """Draw RF40 of every setting of the grid."""
    input:
        scores=in_each_space("<results>/score/{sample}.{space}.scores.ecsv"),
        settings=in_each_space("<results>/tag/{sample}.{space}.settings.ecsv"),
        recovery=in_each_space("<results>/score/{sample}.{space}.recovery.ecsv"),
        style=style_sheet(),
    output:
        pdf="<results>/paper/figures/grid_{sample}.pdf",
        png=report(
            "<results>/paper/figures/grid_{sample}.png",
            caption="../report/grid.rst",
            category="Recovery",
            labels={
                "sample": "{sample}",
                "figure": "RF40 over the grid",
            },
        ),
        drawn="<results>/paper/figures/grid_{sample}.ecsv",
    log:
        "<logs>/plot_grid/{sample}.log",
    benchmark:
        "<benchmarks>/plot_grid/{sample}.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=version_of("plot_grid"),
        spaces=lookup("samples/{sample}/spaces", within=config),
        space=lookup("samples/{sample}/headline/space", within=config),
        setting=headline_setting,
        label=sample_label,
    script:
        "../scripts/plot_grid.py"


rule plot_patterns:
    """Draw the mean abundances of each cluster."""
    input:
        coherence="<results>/score/{sample}.coherence.ecsv",
        elements="<results>/score/{sample}.elements.ecsv",
        style=style_sheet(),
    output:
        pdf="<results>/paper/figures/patterns_{sample}.pdf",
        png=report(
            "<results>/paper/figures/patterns_{sample}.png",
            caption="../report/patterns.rst",
            category="Clusters",
            labels={
                "sample": "{sample}",
                "figure": "abundance patterns",
            },
        ),
        drawn="<results>/paper/figures/patterns_{sample}.ecsv",
    log:
        "<logs>/plot_patterns/{sample}.log",
    benchmark:
        "<benchmarks>/plot_patterns/{sample}.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=version_of("plot_patterns"),
        element_keys=lookup("samples/{sample}/elements", within=config),
        label=sample_label,
    script:
        "../scripts/plot_patterns.py"


rule plot_coherence:
    """Draw the scatter within clusters beside errors and the scatter between them."""
    input:
        coherence="<results>/score/{sample}.coherence.ecsv",
        elements="<results>/score/{sample}.elements.ecsv",
        style=style_sheet(),
    output:
        pdf="<results>/paper/figures/coherence_{sample}.pdf",
        png=report(
            "<results>/paper/figures/coherence_{sample}.png",
            caption="../report/coherence.rst",
            category="Clusters",
            labels={
                "sample": "{sample}",
                "figure": "internal coherence",
            },
        ),
        drawn="<results>/paper/figures/coherence_{sample}.ecsv",
    log:
        "<logs>/plot_coherence/{sample}.log",
    benchmark:
        "<benchmarks>/plot_coherence/{sample}.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=version_of("plot_coherence"),
        element_keys=lookup("samples/{sample}/elements", within=config),
        label=sample_label,
    script:
        "../scripts/plot_coherence.py"


rule plot_funnel:
    """Draw the stars left after each cut of a sample."""
    input:
        funnel="<results>/select/{sample}.funnel.ecsv",
        style=style_sheet(),
    output:
        pdf="<results>/paper/figures/funnel_{sample}.pdf",
        png=report(
            "<results>/paper/figures/funnel_{sample}.png",
            caption="../report/funnel.rst",
            category="Samples",
            labels={
                "sample": "{sample}",
                "figure": "stars left after each cut",
            },
        ),
        drawn="<results>/paper/figures/funnel_{sample}.ecsv",
    log:
        "<logs>/plot_funnel/{sample}.log",
    benchmark:
        "<benchmarks>/plot_funnel/{sample}.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=version_of("plot_funnel"),
        label=sample_label,
    script:
        "../scripts/plot_funnel.py"


rule plot_story:
    """Draw the recovery of all samples side by side."""
    input:
        recovery=of_each_headline("<results>/score/{sample}.{space}.recovery.ecsv"),
        funnels=collect(
            "<results>/select/{sample}.funnel.ecsv", sample=config["samples"]
        ),
        style=style_sheet(),
    output:
        pdf="<results>/paper/figures/story.pdf",
        png=report(
            "<results>/paper/figures/story.png",
            caption="../report/story.rst",
            category="Recovery",
            labels={
                "sample": "all",
                "figure": "the run in one picture",
            },
        ),
        drawn="<results>/paper/figures/story.ecsv",
    log:
        "<logs>/plot_story.log",
    benchmark:
        "<benchmarks>/plot_story.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=version_of("plot_story"),
        labels=sample_labels(),
    script:
        "../scripts/plot_story.py"


rule plot_consensus:
    """Draw the stability of each group over draws within the errors."""
    input:
        stability=in_headline_space("<results>/tag/{sample}.{space}.stability.ecsv"),
        redraws=in_headline_space("<results>/tag/{sample}.{space}.redraws.ecsv"),
        style=style_sheet(),
    output:
        pdf="<results>/paper/figures/consensus_{sample}.pdf",
        png=report(
            "<results>/paper/figures/consensus_{sample}.png",
            caption="../report/consensus.rst",
            category="Trust in the groups",
            labels={
                "sample": "{sample}",
                "figure": "stability within errors",
            },
        ),
        drawn="<results>/paper/figures/consensus_{sample}.ecsv",
    log:
        "<logs>/plot_consensus/{sample}.log",
    benchmark:
        "<benchmarks>/plot_consensus/{sample}.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=version_of("plot_consensus"),
        draws=lookup("tag/draws", within=config),
        draw_scale=lookup("tag/draw_scale", within=config),
        label=sample_label,
    script:
        "../scripts/plot_consensus.py"


rule plot_row_order:
    """Draw how far the groups of the package hdbscan depend on the order of the rows."""
    input:
        row_order=in_headline_space("<results>/tag/{sample}.{space}.row_order.ecsv"),
        style=style_sheet(),
    output:
        pdf="<results>/paper/figures/row_order_{sample}.pdf",
        png=report(
            "<results>/paper/figures/row_order_{sample}.png",
            caption="../report/row_order.rst",
            category="Trust in the groups",
            labels={
                "sample": "{sample}",
                "figure": "order of the rows",
            },
        ),
        drawn="<results>/paper/figures/row_order_{sample}.ecsv",
    log:
        "<logs>/plot_row_order/{sample}.log",
    benchmark:
        "<benchmarks>/plot_row_order/{sample}.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=version_of("plot_row_order"),
        setting=headline_setting,
        label=sample_label,
    script:
        "../scripts/plot_row_order.py"
