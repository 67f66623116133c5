"""Stage `manuscript`: the paper of the run, typeset from its numbers and figures.

Needs `<results>/paper/numbers.json` and `<results>/paper/figures/`; makes `<results>/paper/manuscript.*`;
reads `run`, `seed`, `manuscript` and `samples` of the config.
"""


rule typeset_manuscript:
    """Typeset the paper: every number and figure comes from the run."""
    input:
        template=lookup("manuscript/template", within=config),
        layout=manuscript_part("layout.typ"),
        references=manuscript_part("references.bib"),
        project=manuscript_part("../../pyproject.toml"),
        numbers="<results>/paper/numbers.json",
        figures=collect(
            "<results>/paper/figures/{figure}.pdf", figure=manuscript_figures()
        ),
        captions=manuscript_captions(),
    output:
        pdf=report(
            "<results>/paper/manuscript.pdf",
            caption="../report/manuscript.rst",
            category="Manuscript",
            labels={
                "sample": "all",
                "figure": "the paper of the run",
            },
        ),
        content="<results>/paper/manuscript.json",
    log:
        "<logs>/typeset_manuscript.log",
    benchmark:
        "<benchmarks>/typeset_manuscript.jsonl"
    conda:
        "../../envs/manuscript.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=version_of("typeset_manuscript"),
        run=lookup("run", within=config),
        seed=lookup("seed", within=config),
        permutations=lookup("score/permutations", within=config),
        title=lookup("manuscript/title", within=config),
        authors=lookup("manuscript/authors", within=config),
        samples=manuscript_samples(),
    script:
        "../scripts/typeset_manuscript.py"
