"""Entry point: run `snakemake --cores 8` in this directory."""


include: "workflow/Snakefile"


# An included file cannot set the default target (snakemake#2773), so it is named here.
rule default:
    """Everything the configured run makes."""
    default_target: True
    input:
        rules.all.input,
    localrule: True
