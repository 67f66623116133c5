"""Functions of the colour-magnitude diagrams of candidates; no rules."""

from chemtag.cmd.completeness import why_incomplete
from chemtag.cmd.independence import check_independence
from chemtag.cmd.package import packaged_grid


def samples_with_diagrams():
    """Samples whose candidates are judged by their diagrams."""
    return list(config["cmd"]["samples"])


def table_of_isochrones(wildcards):
    """The user's grid of isochrones; without it, that of the installed package is read."""
    block = config["cmd"].get("isochrones")
    return [file_of(block, "cmd/isochrones")] if block else []


def table_of_photometry(wildcards):
    """The table with the photometry of a sample: its own, of the run, or that of its catalogue."""
    block = config["cmd"]["samples"][wildcards.sample]
    own = config["catalogs"][config["samples"][wildcards.sample]["catalog"]]
    if block.get("path", "").startswith("<results>/"):
        return block["path"]
    if "path" in block or own["kind"] != "table":
        return file_of(
            {"path": block.get("path", "")}, f"cmd/samples/{wildcards.sample}/path"
        )
    return file_of(own, f"catalogs of {wildcards.sample}")


def if_judged(pattern):
    """`pattern` for the rule's sample where its diagrams are judged, else nothing."""
    return lambda wildcards: (
        collect(pattern, **wildcards)
        if wildcards.sample in samples_with_diagrams()
        else []
    )


def content_of_diagrams(wildcards):
    """Digest of these tables that are the user's own."""
    files = [table_of_photometry(wildcards), *table_of_isochrones(wildcards)]
    return digest_of_tables([path for path in files if not path.startswith("<")])


def why_no_diagrams(wildcards):
    """Why the diagrams of a sample can tell nothing, as far as its cuts say."""
    return why_incomplete(config["samples"][wildcards.sample]["cuts"])


def diagram_terms():
    """How diagrams are tested: as other data that vet, with draws of their own."""
    own, others = config["cmd"], config["vet"]
    return {
        **{key: others[key] for key in ("alpha", "purity", "neighbours")},
        **{key: own[key] for key in ("draws", "simulations")},
    }


try:
    check_independence(config)
except InputProblem as problem:
    raise WorkflowError(str(problem)) from None
if config["cmd"]["samples"] and "colour_magnitude" in config["vet"]["data"]:
    raise WorkflowError(
        "config: vet/data names 'colour_magnitude', which is what the stage cmd adds; rename it."
    )
if "isochrones" not in config["cmd"] and packaged_grid() is None:
    if workflow.is_main_process and config["cmd"]["samples"]:
        logger.warning(
            "cmd: left out, as there are no isochrones: install the dependency group `isochrones` "
            "(uv sync --group isochrones), or name a table under cmd/isochrones."
        )
    config["cmd"]["samples"] = {}
if workflow.is_main_process:
    for name in config["cmd"]["samples"]:
        if reason := why_incomplete(config["samples"][name]["cuts"]):
            logger.warning(
                f"cmd/samples/{name}: {reason}: the verdict by diagrams on each candidate will be "
                "'cannot tell'."
            )
