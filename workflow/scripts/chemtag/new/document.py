"""The config of a table as commented YAML, and what was seen of it as a short table."""

import json
import math
import re
from collections.abc import Iterator

from chemtag.new.look import FEWEST_MEMBERS, Look
from chemtag.new.suggest import Suggestion

_CUTS = {"snr": "S/N", "teff": "K", "logg": "dex"}


def run_name(seen: Look) -> str:
    """Name of the run from the name of the file: letters, digits, hyphens."""
    stem = seen.path.name.split(".")[0].lower()
    return re.sub(r"[^a-z0-9]+", "-", stem).strip("-") or "mine"


def text_of(value: object) -> str:
    """A value as YAML: JSON is YAML, and quotes whatever could be read as something else."""
    plain = isinstance(value, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9_./]*", value)
    words = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
    if plain and str(value).lower() not in words:
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def document_of(seen: Look, chosen: Suggestion, path: str) -> str:
    """The config as text; `path` is that of the table as the workflow will read it."""
    return "\n".join([*_head(seen), *_catalog(seen, path), *_sample(seen, chosen)]) + "\n"


def _head(seen: Look) -> Iterator[str]:
    yield f"# Written by `chemtag new {seen.path.name}`: check each line with a comment, then"
    yield "#   uv run snakemake --cores 8 --configfile THIS_FILE"
    yield "# Every key: config/README.md. What happens to the table: docs/tables.md."
    for doubt in seen.doubts:
        yield f"# DOUBT: {doubt}"
    yield f"run: {text_of(run_name(seen))}"
    yield "seed: 1"
    yield ""


def _catalog(seen: Look, path: str) -> Iterator[str]:
    yield "catalogs:"
    yield "  mine:"
    yield "    kind: table"
    yield f"    path: {text_of(path)}"
    yield f"    ratio: {seen.ratio}  # by the names of the columns; iron is [Fe/H] in both"
    codes = sorted({code for one in seen.elements.values() for code in one.codes})
    if codes:
        listed = ", ".join(f"{code:g}" for code in codes)
        yield f"    missing_codes: [{listed}]  # beside the usual ones, which always count"
    columns = {r: c for r, c in seen.roles.items() if r not in ("cluster", "probability")}
    listed = ", ".join(f"{role}: {text_of(column)}" for role, column in columns.items())
    yield f"    columns: {{{listed}}}"
    yield "    elements:"
    for element, one in seen.elements.items():
        parts = {"value": one.value, "error": one.error, "flag": one.flag}
        listed = ", ".join(f"{key}: {text_of(name)}" for key, name in parts.items() if name)
        note = f"missing {one.missing:.0%}"
        if math.isfinite(one.median_error):
            note += f", median error {one.median_error:.3f} dex"
        yield f"      {text_of(element)}: {{{listed}}}  # {note}"
    if "cluster" in seen.roles:
        yield "    members:"
        large = sum(1 for count in seen.clusters.values() if count >= FEWEST_MEMBERS)
        note = f"{len(seen.clusters)} names, {large} with {FEWEST_MEMBERS} stars or more"
        yield f"      cluster: {text_of(seen.roles['cluster'])}  # {note}"
        if seen.field_words:
            listed = ", ".join(text_of(word) for word in ("", *seen.field_words))
            yield f"      field_values: [{listed}]  # words that mean no cluster"
        if "probability" in seen.roles:
            yield f"      probability: {text_of(seen.roles['probability'])}"
            yield f"      # above: {{{text_of(seen.roles['probability'])}: 0.7}}"
    yield ""


def _sample(seen: Look, chosen: Suggestion) -> Iterator[str]:
    yield "samples:"
    yield "  all:"
    yield "    catalog: mine"
    yield "    stars: all  # members: cluster members alone"
    for element, reason in chosen.left_out.items():
        yield f"    # left out: {element}: {reason}"
    yield f"    elements: [{', '.join(text_of(element) for element in chosen.elements)}]"
    yield "    cuts:"
    if seen.repeated_ids:
        yield f"      duplicates: {chosen.duplicates}  # {chosen.duplicates_reason}"
    yield "      missing: {policy: complete}  # stars with all elements; or drop_sparse, impute"
    yield from _flags(seen)
    if seen.windows:
        yield "      # no cut is made unasked; the table spans:"
        yield "      # windows:"
    for name, (low, high) in seen.windows.items():
        yield f"      #   {name}: {{min: {low:.6g}, max: {high:.6g}}}  # {_CUTS[name]}"
    yield f"    min_members: {FEWEST_MEMBERS}"
    yield f"    spaces: [{', '.join(chosen.spaces)}]  # {chosen.space_reason}"
    yield "    grid:"
    yield "      min_cluster_size: [3, 5, 10]"
    yield "      min_samples: [1, 3, 5]"
    yield "      method: [leaf]"
    yield "      metric: [euclidean]"
    yield f"    # {chosen.setting_reason}; keep it whatever the scores say"
    setting = f"min_cluster_size: {chosen.min_cluster_size}, min_samples: {chosen.min_samples}"
    yield f"    headline: {{space: {chosen.spaces[0]}, metric: euclidean, method: leaf, {setting}}}"


def _flags(seen: Look) -> Iterator[str]:
    """The cut on flags of abundances that their survey recommends, as a proposal."""
    if seen.flag_bits is None:
        return
    yield f"      # flags of {seen.flag_bits.survey}: {seen.flag_bits.reason};"
    yield "      # an abundance with one of these bits would count as missing:"
    yield f"      # masks: {{element: {seen.flag_bits.mask}}}"
    yield f"      # element_flags: [{', '.join(seen.flag_bits.names)}]"


def summary_of(seen: Look, chosen: Suggestion) -> str:
    """What was seen, for the terminal."""
    lines = [f"{seen.path}: {seen.n_rows:,} rows, {len(seen.columns)} columns", ""]
    lines += [f"  {role:<15} {column}" for role, column in seen.roles.items()]
    lines += [
        f"  {'ratio':<15} {'[X/Fe]' if seen.ratio == 'x_fe' else '[X/H]'}",
        f"  {'duplicates':<15} {seen.repeated_ids:,} rows",
        "",
        f"  {'element':<8} {'value':<14} {'error':<16} {'flag':<14} missing error/dex",
    ]
    for element, one in seen.elements.items():
        error = f"{one.median_error:9.3f}" if math.isfinite(one.median_error) else f"{'none':>9}"
        lines.append(
            f"  {element:<8} {one.value:<14} {one.error or '-':<16} {one.flag or '-':<14} "
            f"{one.missing:>7.0%} {error}"
            + (f"  left out: {chosen.left_out[element]}" if element in chosen.left_out else "")
        )
    if seen.clusters:
        top = ", ".join(f"{name} {count}" for name, count in seen.clusters.most_common(5))
        lines += [
            "",
            f"  {len(seen.clusters)} clusters: {top}{' ...' if len(seen.clusters) > 5 else ''}",
        ]
    if seen.doubts:
        lines += ["", *(f"  doubt: {doubt}" for doubt in seen.doubts)]
    return "\n".join(lines)
