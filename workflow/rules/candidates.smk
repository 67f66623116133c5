"""Functions of the candidates of a sample and of what vets them; no rules."""

from chemtag.vet.quantities import check_data

try:
    check_data(config)
except InputProblem as problem:
    raise WorkflowError(str(problem)) from None


def is_scanned(sample):
    """Whether the candidates of a sample are those of the scan; else they are of its headline."""
    return sample in config["tag"]["scan"]["samples"]


def if_scanned(pattern):
    """`pattern` for the rule's sample if it is scanned, else nothing."""
    return lambda wildcards: (
        collect(pattern, **wildcards) if is_scanned(wildcards.sample) else []
    )


def of_its_headline(pattern, drawn=False):
    """`pattern` in the space of the headline of the rule's sample if it is not scanned, else nothing.

    With `drawn` nothing either where the config asks for no draws within the errors.
    """

    def path(wildcards):
        if is_scanned(wildcards.sample) or (drawn and not config["tag"]["draws"]):
            return []
        space = headline_space(wildcards.sample)
        return collect(pattern, sample=wildcards.sample, space=space)

    return path


def known_lists(wildcards):
    """The user's lists of known clusters."""
    lists = config["vet"]["known"].items()
    return [file_of(block, f"vet/known/{name}") for name, block in lists]


def tables_of_data(wildcards):
    """The user's tables of independent data, in the order of the config.

    One of the run is `<results>/...`; without a path it is the catalogue of the sample itself.
    """
    own = config["catalogs"][config["samples"][wildcards.sample]["catalog"]]
    found = []
    for name, block in config["vet"]["data"].items():
        path = block.get("path", "")
        if not path and own["kind"] == "table":
            found.append(file_of(own, f"catalogs of {wildcards.sample}"))
        elif path.startswith("<results>/"):
            found.append(path)
        else:
            found.append(file_of({"path": path}, f"vet/data/{name}"))
    return found


def content_of_data(wildcards):
    """Digest of these tables that are the user's own."""
    files = (path for path in tables_of_data(wildcards) if not path.startswith("<"))
    return digest_of_tables(sorted(set(files)))


def vetting_terms():
    """How groups are vetted."""
    keys = ("alpha", "draws", "simulations", "purity", "neighbours")
    return {key: config["vet"][key] for key in keys}


def vetted_samples():
    """Samples whose candidates are vetted: all, where there are data, else those with diagrams."""
    named, judged = config["vet"]["samples"], samples_with_diagrams()
    return named if config["vet"]["data"] else [s for s in named if s in judged]


def content_of_known(wildcards):
    """Digest of these lists: a replaced file may be older than the results."""
    return digest_of_tables(known_lists(wildcards))
