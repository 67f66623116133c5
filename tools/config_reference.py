"""Write config/README.md, the manual of each key, from the schema of the config.

Run `uv run python tools/config_reference.py` after a change of the schema; a test compares.
"""

import json
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
MANUAL = ROOT / "config" / "README.md"

INTRODUCTION = """# Config

What is computed stands here, in `config/`; which machine computes it (cores, memory, queues) stands
in `profiles/`. `config.yaml` is the shipped run. Another run is another file:

    uv run snakemake --cores 8 --configfile my.yaml

A file with its own `catalogs` and `samples` is a run of its own: every other key has the default
below. Any other file overlays the shipped run, key by key. A wrong key or value stops the run
before it starts, with a sentence that names it.

This page is written from `workflow/schemas/config.schema.yaml`.
"""


def inlined(entry: object, file: str = "") -> object:
    """A schema with references to another file replaced by what they refer to.

    `file` is the other file that `entry` stands in, or empty in the schema of the config.
    """
    if isinstance(entry, list):
        return [inlined(child, file) for child in entry]
    if not isinstance(entry, dict):
        return entry
    target, _, name = entry.get("$ref", "").partition("#/$defs/")
    if target or (file and name):
        source = yaml.safe_load(SCHEMA.with_name(target or file).read_text(encoding="utf-8"))
        siblings = {key: child for key, child in entry.items() if key != "$ref"}
        return inlined({**source["$defs"][name], **siblings}, target or file)
    return {key: inlined(child, file) for key, child in entry.items()}


def kind_of(entry: dict) -> str:
    """The type of a key in words: type, choices and bounds."""
    if "enum" in entry:
        return " or ".join(f"`{choice}`" for choice in entry["enum"])
    if "const" in entry:
        return f"`{entry['const']}`"
    if entry.get("type") == "array":
        return f"list of {kind_of(entry.get('items', {})) or 'values'}"
    words = entry.get("type", "")
    words = " or ".join(words) if isinstance(words, list) else words
    bounds = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    limits = ", ".join(f"{sign} {entry[key]}" for key, sign in bounds.items() if key in entry)
    return f"{words} {limits}".strip()


def default_of(entry: dict, required: bool) -> str:
    """The default of a key as YAML would write it, or that it must be given."""
    if required:
        return "required"
    if entry.get("default") in ({}, None):
        return ""
    return f"`{json.dumps(entry['default'])}`"


def rows_of(entry: dict) -> list[str]:
    """Table rows of the keys of a block."""
    required = entry.get("required", [])
    return [
        f"| `{name}` | {kind_of(child)} | {default_of(child, name in required)} "
        f"| {child.get('description', '')} |"
        for name, child in entry.get("properties", {}).items()
    ]


def sections_of(schema: dict) -> list[tuple[str, dict]]:
    """Blocks of the schema with keys of their own: the top level, its blocks, the definitions."""
    found = [("Top level", schema)]
    for name, entry in schema["properties"].items():
        if "properties" in entry:
            found.append((f"`{name}`", entry))
    for name, entry in schema["$defs"].items():
        found += [(f"`{name}`", entry)] if "properties" in entry else []
        for key, child in entry.get("properties", {}).items():
            if "properties" in child:
                found.append((f"`{name}/{key}`", child))
    return found


def manual_of(schema: dict) -> str:
    """The whole manual as Markdown."""
    schema = inlined(schema)
    parts = [INTRODUCTION]
    for title, entry in sections_of(schema):
        text = entry.get("description", "")
        head = "| key | value | default | meaning |\n|---|---|---|---|"
        rows = "\n".join([head, *rows_of(entry)])
        parts.append("\n\n".join(part for part in (f"## {title}", text, rows) if part))
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    MANUAL.write_text(manual_of(yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))))
