"""A config against its tables: what a run would read, drop and doubt, without a run."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chemtag.base.configuration import checked_config, located
from chemtag.base.documents import CHECKOUT, read_document
from chemtag.base.found import has_found_truth, truth_in_words
from chemtag.base.log import logger
from chemtag.base.problems import InputProblem
from chemtag.base.samples import why_no_truth
from chemtag.base.settings import headline_of
from chemtag.base.yaml_scalars import refuse_misread
from chemtag.cmd.independence import check_independence
from chemtag.fetch.datasets import datasets_needed, table_file
from chemtag.new.lists import Lists, read_lists
from chemtag.new.names import abundance_of
from chemtag.new.spaces import refuse_spaces
from chemtag.select.cleaning import select
from chemtag.select.quality import bit_mask_from
from chemtag.select.truth import Truth, truth_of
from chemtag.survey.abundances import column_of
from chemtag.survey.catalog import catalog_of
from chemtag.survey.cluster_names import Aliases
from chemtag.survey.cone import with_cone
from chemtag.survey.files import open_table
from chemtag.survey.plan import check_tables
from chemtag.survey.quantities import QUANTITIES, features_of, is_element
from chemtag.vet.quantities import check_data

Block = Mapping[str, Any]


def explain(path: Path) -> Iterator[str]:
    """Yield lines that say what a run with the config at `path` would read, drop and doubt.

    Tables are read and cut as the run does. Raises `InputProblem` for what would stop it in its
    stages `survey` and `select`.
    """
    config, datasets = _read_config(path)
    names = read_document(CHECKOUT / "resources/clusters/aliases.yaml", "list of aliases")
    aliases = Aliases(names)
    yield f"{path}: run {config['run']!r}, results go to results/{config['run']}/"
    for name, block in config["catalogs"].items():
        if block["kind"] == "simulate":
            yield f"\ncatalogs/{name}: simulated after {block['recipe']}; there is nothing to check"
            continue
        doubts: list[str] = []
        with _heard(doubts):
            stars, members = _read_catalog(name, block, config, datasets, aliases)
        path_of_table = table_file(block, f"catalogs/{name}", datasets)
        yield from _catalog(name, block, stars, members, path_of_table)
        yield from _doubts(doubts)
        for sample, asked in config["samples"].items():
            if asked["catalog"] == name:
                doubts = []
                with _heard(doubts):
                    lists = read_lists(sample, config, datasets, stars, members, aliases)
                    lines = list(_sample(sample, asked, config, stars, members, lists))
                yield from lines
                yield from _doubts(doubts)


def _read_config(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The config with its defaults, and the registry of datasets, as a run finds them here."""
    refuse_misread(path)
    document = read_document(path, "config")
    if not isinstance(document, dict):
        raise InputProblem(
            f"{path}: is no config; give the file that `chemtag new` wrote, not the table."
        )
    if not {"catalogs", "samples"} <= set(document):
        shipped = read_document(CHECKOUT / "config" / "config.yaml", "config")
        document = _overlaid(shipped, document)
    here = Path.cwd()
    schema = CHECKOUT / "workflow" / "schemas" / "config.schema.yaml"
    config = located(checked_config(located(document, CHECKOUT, here), schema), CHECKOUT, here)
    for block in config["catalogs"].values():
        if "survey" in block:
            refuse_misread(block["survey"])
    datasets = read_document(CHECKOUT / "config" / "datasets.yaml", "list of datasets")
    datasets_needed(config, datasets)
    check_tables(config)
    check_data(config)
    check_independence(config)
    return config, datasets


def _overlaid(below: dict[str, Any], above: Block) -> dict[str, Any]:
    """The config `below` with the entries of `above` in their places."""
    result = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = _overlaid(result[key], value) if both else value
    return result


@contextmanager
def _heard(doubts: list[str]) -> Iterator[None]:
    """Collect the warnings of the library in `doubts` instead of printing them."""

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            doubts.append(record.getMessage())

    ear = Ear(logging.WARNING)
    logger.addHandler(ear)
    before, logger.propagate = logger.propagate, False
    try:
        yield
    finally:
        logger.removeHandler(ear)
        logger.propagate = before


def _doubts(doubts: list[str]) -> Iterator[str]:
    yield from (f"  doubt: {doubt}" for doubt in dict.fromkeys(doubts))


def _read_catalog(
    name: str, block: Block, config: Block, datasets: Block, aliases: Aliases
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Stars and members of a catalogue, with the features that samples ask for."""
    table = table_file(block, f"catalogs/{name}", datasets)
    members = block.get("members", {})
    own = {"path", "dataset"} & set(members)
    field = block.get("field")
    samples = [one for one in config["samples"].values() if one["catalog"] == name]
    asked = sorted({element for one in samples for element in features_of(one)})
    stars, known = catalog_of(
        table,
        table_file(members, f"catalogs/{name}/members", datasets) if own else None,
        aliases,
        name,
        block,
        table_file(field, f"catalogs/{name}/field", datasets) if field else None,
        asked,
        config["seed"],
    )
    return with_cone(stars, asked, block.get("cone", {}), str(table)), known


def _catalog(
    name: str, block: Block, stars: pd.DataFrame, members: pd.DataFrame, path: Path
) -> Iterator[str]:
    """What is read of a catalogue: columns, missing shares, errors, members."""
    columns = open_table(path, block.get("hdu"), block.get("readme")).columns
    repeated = int(stars["star_id"].duplicated().sum())
    ratio = "[X/Fe]" if block["ratio"] == "x_fe" else "[X/H]"
    yield f"\ncatalogs/{name}: {path}, {len(stars):,} rows, abundances as {ratio}"
    yield f"  identifier {block['columns']['star_id']}: {repeated:,} rows repeat another one"
    yield f"  {'element':<8} {'column':<16} missing  median error/dex"
    for element, entry in block["elements"].items():
        column = column_of(element, block["ratio"])
        if column not in stars:
            yield f"  {element:<8} {entry['value']:<16} not in the table; no sample asks for it"
            continue
        missing = float(stars[column].isna().mean())
        errors = stars.get(f"{column}_err", pd.Series(dtype=float)).dropna()
        error = f"{errors.median():.3f}" if len(errors) else "none"
        yield f"  {element:<8} {entry['value']:<16} {missing:>7.0%}  {error:>6}"
    for quantity in (one for one in block["quantities"] if one in stars):
        missing = float(stars[quantity].isna().mean())
        errors = stars.get(f"{quantity}_err", pd.Series(dtype=float)).dropna()
        said = f"{errors.median():.3f} {QUANTITIES[quantity].unit}" if len(errors) else "none"
        yield f"  {quantity}: {missing:.0%} missing, median error {said}"
    named = {entry["value"] for entry in block["elements"].values()}
    other = [
        column
        for column in columns
        if (one := abundance_of(column)) and one.kind == "value" and one.ratio
        if column not in named and column not in block["columns"].values()
    ]
    if other:
        yield f"  not used: {', '.join(other[:12])}{' ...' if len(other) > 12 else ''}"
    if len(members):
        sizes = members.groupby("cluster").size().sort_values(ascending=False, kind="stable")
        top = ", ".join(f"{cluster} {size}" for cluster, size in sizes.head(5).items())
        more = " ..." if len(sizes) > 5 else ""
        yield f"  members: {len(members):,} stars of {len(sizes)} clusters ({top}{more})"


def _sample(
    name: str,
    sample: Block,
    config: Block,
    stars: pd.DataFrame,
    members: pd.DataFrame,
    lists: Lists,
) -> Iterator[str]:
    """What a sample takes of its catalogue: what each cut costs, the truth, the setting."""
    cuts = sample["cuts"]
    masks = {
        mask: bit_mask_from(read_document(path, "mask definition"), path)
        for mask, path in cuts.get("masks", {}).items()
    }
    ratio = config["catalogs"][sample["catalog"]]["ratio"]
    found = has_found_truth(sample)
    selection = select(
        stars,
        members.iloc[:0] if found else members,  # who is found no check can know
        ratio,
        name,
        "all" if found else sample["stars"],
        features_of(sample),
        cuts,
        masks,
        config["seed"],
        None if found else lists.listed(members),
    )
    features = selection.features
    what = "elements" if all(map(is_element, features)) else "features"
    yield f"\nsamples/{name}: {len(features)} {what} ({', '.join(features)})"
    yield f"  {'cut':<14} {'lost':>9} {'left':>9}  members  clusters"
    for row in selection.funnel.rows:
        yield (
            f"  {row['cut']:<14} {row['stars_lost']:>9,} {row['stars_left']:>9,} "
            f"{row['members_left']:>8,} {row['clusters_left']:>9,}  {row['detail']}"
        )
    left = selection.stars["star_id"].to_numpy()[selection.funnel.left]
    reason = why_no_truth(name, dict(config))
    if reason:
        yield f"  truth: none, as {reason}: groups are found and nothing is scored"
    elif found:
        words = truth_in_words(sample["truth"])
        yield f"  truth: {words}, which the run finds: above, none is a member"
    else:
        labels = pd.Series(left).map(members.set_index("star_id")["cluster"]).fillna("")
        truth = truth_of(labels.to_numpy(dtype=object), sample["min_members"])
        yield from _truth(name, truth, sample["min_members"])
    yield from lists.lines(left, sample["min_members"])
    refuse_spaces(name, sample, config["spaces"], selection, ratio)
    headline = sample["headline"]
    yield f"  headline: {headline_of(headline).name} in {headline['space']}"
    spaces = ", ".join(sample["spaces"])
    yield f"  spaces: {spaces}; {len(left):,} stars are tagged"


def _truth(name: str, truth: Truth, min_members: int) -> Iterator[str]:
    """How many clusters count; refused where none does, as the run would."""
    counted = int(truth.eligible.sum())
    if not counted:
        largest = int(np.max(truth.sizes, initial=0))
        raise InputProblem(
            f"config: samples/{name}: no cluster keeps min_members = {min_members} members after "
            f"the cuts (the largest has {largest}); lower it, loosen the cuts or set `truth: none`."
        )
    n_members = int(truth.members.sum())
    yield (
        f"  truth: {n_members:,} members of {truth.n_clusters} clusters, {counted} of them with "
        f"{min_members} or more, which count in scores; {len(truth.clusters) - n_members:,} others"
    )
    if counted == 1:
        yield "  doubt: one cluster counts; whether groups mix or split clusters takes two to say"
