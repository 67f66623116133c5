"""Ask conda-forge whether every environment of `envs/` can be solved there. Needs the internet.

    uv run python tools/solve_environments.py [--platform linux-64 ...] [envs/tag.yaml ...]

Nothing is installed and no conda is needed. An environment that cannot be solved, and a channel
that cannot be reached, both count as failures.
"""

import argparse
import asyncio
import os
import sys
from pathlib import Path

import yaml
from rattler import (
    BuildString,
    Channel,
    ChannelConfig,
    Gateway,
    GenericVirtualPackage,
    PackageName,
    Version,
    solve,
)

ROOT = Path(__file__).resolve().parents[1]
# What a system of each kind has at least: conda calls these virtual packages.
SYSTEMS = {
    "linux-64": {"__unix": "0", "__linux": "5.10", "__glibc": "2.28"},
    "linux-aarch64": {"__unix": "0", "__linux": "5.10", "__glibc": "2.28"},
    "osx-arm64": {"__unix": "0", "__osx": "13.0"},
}


async def solved(path: Path, platform: str) -> str:
    """Return what the packages named in the YAML file would be, or raise what the solver says."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    alias = os.environ.get("CONDA_CHANNEL_ALIAS")  # conda's own setting; a mirror, for example
    aliases = ChannelConfig(alias) if alias else ChannelConfig()
    system = SYSTEMS[platform].items()
    records = await solve(
        [Channel(name, aliases) for name in document["channels"]],
        document["dependencies"],
        platforms=[platform, "noarch"],
        virtual_packages=[
            GenericVirtualPackage(PackageName(name), Version(version), BuildString("0"))
            for name, version in system
        ],
        gateway=Gateway(),
    )
    named = {entry.split()[0] for entry in document["dependencies"]}
    found = [f"{r.name.normalized} {r.version}" for r in records if r.name.normalized in named]
    return f"{len(records)} packages: {', '.join(sorted(found))}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--platform", nargs="+", choices=SYSTEMS, default=["linux-64"])
    options = parser.parse_args()
    failures = 0
    for path in options.files or sorted((ROOT / "envs").glob("*.yaml")):
        for platform in options.platform:
            try:
                print(f"ok    {path.stem} {platform}: {asyncio.run(solved(path, platform))}")
            except Exception as problem:  # the solver and the network raise many kinds
                failures += 1
                sentence = " ".join(str(problem).split())[:300]
                print(f"FAILS {path.stem} {platform}: {type(problem).__name__}: {sentence}")
    return min(failures, 1)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # py-rattler 0.28 can crash while the interpreter ends
