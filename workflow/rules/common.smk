"""Functions that the rules share; no rules."""

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

SCRIPTS = (
    Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parent / "scripts"
)
sys.path.insert(0, str(SCRIPTS))

import yaml
from chemtag.base.batches import batch_names
from chemtag.base.imports import version_of_code
from chemtag.base.files import write_whole
from chemtag.base.found import foreign_samples, has_found_truth, truth_in_words
from chemtag.base.configuration import (
    check_python,
    check_writable,
    checked,
    checked_config,
    located,
)
from chemtag.fetch.datasets import datasets_needed, record_path, table_file
from chemtag.base.problems import InputProblem
from chemtag.base.settings import headline_of
from chemtag.base.yaml_scalars import SAFE_LOADER, refuse_misread
from chemtag.survey.content import digest_of_tables
from chemtag.survey.plan import check_tables
from chemtag.survey.quantities import features_of

SCHEMAS = SCRIPTS.parent / "schemas"
DATASETS = yaml.load(
    (SCRIPTS.parents[1] / "config" / "datasets.yaml").read_text(encoding="utf-8"),
    SAFE_LOADER,
)

CHECKOUT = SCRIPTS.parents[1]


def of_checkout(value):
    """The config, or a path in it, with files of the checkout as they are found from here."""
    return located(value, CHECKOUT, Path.cwd())


try:
    check_python(sys.executable)
    for file in workflow.configfiles:
        refuse_misread(file)
    config = of_checkout(
        checked_config(of_checkout(config), SCHEMAS / "config.schema.yaml")
    )
    for block in config["catalogs"].values():
        if "survey" in block:
            refuse_misread(block["survey"])
    checked(DATASETS, SCHEMAS / "datasets.schema.yaml", "config/datasets.yaml")
    datasets_needed(config, DATASETS)
    check_tables(config)
    check_writable(f"results/{config['run']}")
except InputProblem as problem:
    raise WorkflowError(str(problem)) from None


def whole_samples():
    """Samples that go through all stages; others serve the stages that name them, and no more."""
    return {name: block for name, block in config["samples"].items() if block["whole"]}


def members_alone(wildcards):
    """Whether a sample is of members alone; the labels of its stars have no say in who tags it."""
    return config["samples"][wildcards.sample]["stars"] == "members"


def one_of(names):
    """Regular expression that matches exactly the given names."""
    return "|".join(sorted(map(re.escape, names)))


def version_of(*modules):
    """Digest of the code that a script runs, so that edited code reruns the rules that use it.

    After the script come the modules that it loads by name. Asked for when a job is planned: a
    listing of files would be read by every job.
    """
    return lambda wildcards: version_of_code(
        *(SCRIPTS / f"{name}.py" for name in modules)
    )


def of_config(path, default=LookupError):
    """What stands under a path of the config, with wildcards of the rule filled in.

    As Snakemake's `lookup`, which compares the path with every key of the config, for every job: more
    than half of the time it takes to plan a run, and the square of the number of samples.
    """

    def value(wildcards):
        found = config
        for key in path.split("/"):
            key = key.format(**wildcards)
            if not isinstance(found, Mapping) or key not in found:
                if default is LookupError:
                    raise LookupError(f"config: there is no {path} for {wildcards}")
                return default
            found = found[key]
        return found

    return value if "{" in path else value({})


def growing(amount):
    """`amount` times the attempt: a job that was killed asks for more when it is tried again."""
    return lambda wildcards, attempt: amount * attempt


def setting_name(**headline):
    """Name of a setting, as in the settings table."""
    return headline_of(headline).name


def headline_space(sample):
    """Space of the sample's headline result."""
    return config["samples"][sample]["headline"]["space"]


def spaces_of_samples(pattern, samples=None):
    """`pattern` with {sample} and {space} filled in for each space of each (of the) sample(s)."""
    return [
        path
        for sample, block in whole_samples().items()
        if samples is None or sample in samples
        for path in collect(
            pattern, sample=sample, space=block["spaces"], allow_missing=True
        )
    ]


def mask_definitions(wildcards):
    """Files that name the bits of the flags a sample is cut by."""
    return list(config["samples"][wildcards.sample]["cuts"].get("masks", {}).values())


def catalogs_of_kind(kind):
    """Regular expression that matches the catalogs of a kind, or nothing if there are none."""
    names = [
        name for name, block in config["catalogs"].items() if block["kind"] == kind
    ]
    return one_of(names) or "(?!)"


def file_of(block, key):
    """File of a table in the config: its path, or where `snakemake fetch` puts its dataset."""
    try:
        return str(table_file(block, key, DATASETS))
    except InputProblem as problem:
        raise WorkflowError(str(problem)) from None


def catalog_file(wildcards):
    """The user's catalogue."""
    return file_of(
        config["catalogs"][wildcards.catalog], f"catalogs/{wildcards.catalog}"
    )


def members_file(wildcards):
    """The table of members of a catalog, if it is a file of its own."""
    block = config["catalogs"][wildcards.catalog].get("members", {})
    own = "path" in block or "dataset" in block
    return file_of(block, f"catalogs/{wildcards.catalog}/members") if own else []


def field_file(wildcards):
    """The table of field stars of a catalog, if it has one."""
    block = config["catalogs"][wildcards.catalog].get("field")
    return file_of(block, f"catalogs/{wildcards.catalog}/field") if block else []


def features_asked(wildcards):
    """Features that samples of a catalog ask for."""
    asked = {
        feature
        for sample in config["samples"].values()
        if sample["catalog"] == wildcards.catalog
        for feature in features_of(sample)
    }
    return sorted(asked)


def features_of_sample(wildcards):
    """What the stars of the rule's sample are tagged by."""
    return features_of(config["samples"][wildcards.sample])


def content_of_tables(wildcards):
    """Digest of a catalog's tables: a replaced file may be older than the results.

    Asked for when a job is planned. Of wildcards alone, as Snakemake does not compare parameters
    that are made from the input.
    """
    files = (catalog_file, members_file, field_file)
    block = config["catalogs"][wildcards.catalog]
    parts = (block, block.get("members", {}), block.get("field", {}))
    described = [part.get("readme") for part in parts]
    return digest_of_tables([*(file(wildcards) for file in files), *described])


def verified_records(wildcards):
    """Records that the datasets of a catalog are the published ones."""
    block = {"catalogs": {"this": config["catalogs"][wildcards.catalog]}}
    return [str(record_path(name)) for name in datasets_needed(block, DATASETS)]


def in_headline_space(pattern):
    """`pattern` with the rule's {sample} and the {space} of its headline."""
    space = of_config("samples/{sample}/headline/space")
    return collect(pattern, sample=lambda wildcards: wildcards.sample, space=space)


def in_each_space(pattern):
    """`pattern` with the rule's {sample} and, in order, each {space} of the sample."""
    spaces = of_config("samples/{sample}/spaces")
    return collect(pattern, sample=lambda wildcards: wildcards.sample, space=spaces)


def of_each_headline(pattern):
    """`pattern` with {sample} and the {space} of its headline, for each sample that is scored."""
    return [
        path
        for sample in samples_with_truth()
        for path in collect(pattern, sample=sample, space=headline_space(sample))
    ]


def map_parameters(wildcards):
    """How the maps of a space are made; which spaces have maps does not change them."""
    return {key: value for key, value in config["embed"].items() if key != "spaces"}


def headline_setting(wildcards):
    """Name of the setting of the sample's headline result."""
    return setting_name(**config["samples"][wildcards.sample]["headline"])


def label_of(sample):
    """Name of the sample on figures."""
    return config["samples"][sample].get("label", sample)


def samples_of_recipe(recipe):
    """Samples of cluster members only, whose catalogue is simulated from `recipe`."""
    recipe = of_checkout(recipe)
    return [
        name
        for name, sample in whole_samples().items()
        if sample["stars"] == "members"
        and config["catalogs"][sample["catalog"]].get("recipe") == recipe
    ]


def sample_label(wildcards):
    """Name of the rule's sample on figures."""
    return label_of(wildcards.sample)


def sample_labels():
    """Name on figures of each sample that is scored."""
    return {sample: label_of(sample) for sample in samples_with_truth()}


def style_sheet():
    """Style sheet of the figures."""
    return os.path.relpath(SCRIPTS.parent / "style" / "aanda.mplstyle")


def forecast_key(key, absent=None):
    """A key of the forecast, or `absent` if the config asks for none."""
    return config["limits"].get("forecast", {}).get(key, absent)


def forecast_headline():
    """Name of the forecast's headline setting."""
    headline = forecast_key("headline")
    return setting_name(**headline) if headline else None


def samples_in_two_spaces():
    """Samples that are tagged by motions, by abundances and by both."""
    return of_config("compare/two_spaces/samples", default=[])


def manuscript_samples(samples):
    """What the manuscript says of each of `samples` that is no number of the run."""
    described = []
    for sample in samples:
        block = config["samples"][sample]
        catalog = config["catalogs"][block["catalog"]]
        described.append(
            {
                "key": sample,
                "label": label_of(sample),
                "catalog": block["catalog"],
                "simulated": catalog["kind"] == "simulate",
                "citation": catalog.get("citation", ""),
                "members_only": block["stars"] == "members",
                "found_truth": truth_in_words(block["truth"]),
                "elements": block["elements"],
                "min_members": block["min_members"],
                "space": headline_space(sample),
                "setting": setting_name(**block["headline"]),
                "windows": (block.get("cuts") or {}).get("windows") or {},
                "recipe": os.path.basename(catalog.get("recipe") or ""),
                "n_field": catalog.get("n_field"),
            }
        )
    return described


def recipes_of_samples():
    """Recipes of the simulated catalogues of the samples, for the manuscript."""
    names = [*whole_samples(), *samples_in_two_spaces()]
    catalogs = (config["catalogs"][config["samples"][n]["catalog"]] for n in names)
    return sorted({c["recipe"] for c in catalogs if c["kind"] == "simulate"})


def manuscript_part(name):
    """A file that the template of the manuscript reads."""
    return os.path.relpath(SCRIPTS.parent / "manuscript" / name)


def manuscript_captions():
    """Captions of the figures of the manuscript."""
    folder = SCRIPTS.parent / "report"
    kinds = sorted(figure for figure, entry in FIGURES.items() if "paper" in entry)
    return [os.path.relpath(folder / f"{kind}.rst") for kind in kinds]


def redraw_batches():
    """Name of each batch of draws within the errors."""
    return batch_names(config["tag"]["draws"], config["tag"]["draws_per_job"])


def null_batches():
    """Name of each batch of surrogate samples."""
    nulls = config["limits"]["nulls"]
    return batch_names(nulls["replicates"], nulls["replicates_per_job"])


def redraws_of_headline(wildcards):
    """Groups of the draws within the errors in the space of the sample's headline."""
    return collect(
        "<results>/tag/redraws/{sample}.{space}.{batch}.parquet",
        sample=wildcards.sample,
        space=headline_space(wildcards.sample),
        batch=redraw_batches(),
    )


def resampled_clusters_of_headline(wildcards):
    """Scores of samples with other clusters, in the space of the sample's headline, if any."""
    if wildcards.space != headline_space(wildcards.sample):
        return []
    path = "<results>/score/{sample}.{space}.resampled_clusters.parquet"
    return collect(path, **wildcards) if config["score"]["other_clusters"] else []


def redrawn_scores(wildcards):
    """Scores of the draws within the errors, if the config asks for draws."""
    path = f"<results>/score/{wildcards.sample}.redrawn_scores.ecsv"
    return [path] if config["tag"]["draws"] else []


def null_draws(wildcards):
    """Scores of the surrogate samples in the space of the sample's headline, batch by batch."""
    return collect(
        "<results>/limits/nulls/{sample}.{space}.{batch}.parquet",
        sample=wildcards.sample,
        space=headline_space(wildcards.sample),
        batch=null_batches(),
    )


def headline_space_block(wildcards):
    """Ratio, scale and conversion of errors of the space of the sample's headline."""
    return config["spaces"][headline_space(wildcards.sample)]


def headline_error_conversion(wildcards):
    """Conversion of errors of the space of the sample's headline."""
    return headline_space_block(wildcards)["error_conversion"]


def row_order_samples():
    """Samples whose recovery is measured with the rows in many orders."""
    return of_config("score/row_orders/samples", default=[])
