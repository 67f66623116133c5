"""The command `chemtag`: from a table to a config, and what a config makes of its table."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from chemtag.base.problems import InputProblem
from chemtag.new.check import explain
from chemtag.new.document import document_of, run_name, summary_of
from chemtag.new.look import look_at
from chemtag.new.suggest import suggest


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="chemtag", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    new = commands.add_parser(
        "new", help="write the config of a table", description=write_config.__doc__
    )
    new.add_argument(
        "table",
        type=Path,
        help="FITS, VOTable, CSV, ECSV, MRT, parquet or Arrow; with --check the config of one",
    )
    new.add_argument(
        "--check",
        action="store_true",
        help="explain a config against its table, without a run: what is read, dropped, doubtful",
    )
    new.add_argument(
        "-o", "--output", type=Path, help="config to write (default: the run's name .yaml)"
    )
    new.add_argument("--hdu", help="table of a FITS file, by number or name")
    new.add_argument("--force", action="store_true", help="overwrite the config")
    options = parser.parse_args(arguments)
    try:
        if options.check:
            check_config(options.table)
        else:
            write_config(options.table, options.output, options.hdu, options.force)
    except InputProblem as problem:
        print(f"chemtag: {problem}", file=sys.stderr)
        return 1
    return 0


def check_config(config: Path) -> None:
    """Print what a run with this config would read, drop and doubt."""
    for line in explain(config):
        print(line, flush=True)
    print("\nnothing was run; when this is what you want:")
    print(f"  uv run snakemake --cores 8 --configfile {config}")


def write_config(table: Path, output: Path | None, hdu: str | None, force: bool) -> None:
    """Look at a table, print what was seen and doubted, and write a commented config for it."""
    seen = look_at(table, int(hdu) if hdu and hdu.isdigit() else hdu)
    chosen = suggest(seen)
    target = output or Path(f"{run_name(seen)}.yaml")
    if target.exists() and not force:
        raise InputProblem(
            f"{target}: the file exists; expected to write a new one; choose another with "
            "`--output`, or overwrite it with `--force`."
        )
    text = document_of(seen, chosen, os.path.relpath(table))
    target.write_text(text, encoding="utf-8")
    print(summary_of(seen, chosen))
    print(f"\nwritten: {target}; read its comments, see what the cuts leave, then run it:")
    print(f"  uv run chemtag new --check {target}")
    print(f"  uv run snakemake --cores 8 --configfile {target}")


if __name__ == "__main__":
    sys.exit(main())
