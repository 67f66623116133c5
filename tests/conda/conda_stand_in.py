"""A stand-in for `conda` with the few commands Snakemake 9 calls, on py-rattler. For tests only.

It solves and installs for real, from the channel that CONDA_CHANNEL_ALIAS points to. Into each
environment it also puts a witness: a hook that writes, when a Python of the environment ends,
which interpreter ran which script and which packages came from outside the environment.
"""

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path

ROOT = Path(os.environ["STAND_IN_ROOT"])
PACKAGES = ROOT / "pkgs"

WITNESS = """
import atexit, json, os, sys, sysconfig

def write():
    prefix = os.path.realpath(sys.prefix)
    standard = [os.path.realpath(sysconfig.get_path(p)) for p in ("stdlib", "platstdlib")]
    outside = set()
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if not file:
            continue
        file = os.path.realpath(file)
        if "site-packages" in file and not file.startswith(prefix + os.sep):
            outside.add(name.split(".")[0])
    record = {"script": sys.argv[0], "prefix": prefix, "outside": sorted(outside)}
    path = os.path.join(os.environ["WITNESS_FOLDER"], f"{os.getpid()}.json")
    with open(path, "w") as handle:
        json.dump(record, handle)

if os.environ.get("WITNESS_FOLDER") and sys.argv[0]:
    atexit.register(write)
"""


async def create(file: Path, prefix: Path) -> None:
    """Solve the environment of a YAML file and install it."""
    import yaml
    from rattler import (
        Channel,
        ChannelConfig,
        ChannelPriority,
        Gateway,
        VirtualPackage,
        install,
        solve,
    )

    document = yaml.safe_load(file.read_text())
    if set(document) - {"name", "channels", "dependencies"}:
        raise SystemExit(f"{file}: only name, channels and dependencies are understood here")
    aliases = ChannelConfig(os.environ["CONDA_CHANNEL_ALIAS"])
    records = await solve(
        [Channel(name, aliases) for name in document["channels"]],
        document["dependencies"],
        platforms=["linux-64", "noarch"],
        virtual_packages=VirtualPackage.detect(),
        channel_priority=ChannelPriority.Strict,
        gateway=Gateway(cache_dir=PACKAGES / "repodata"),
    )
    await install(records, target_prefix=prefix, cache_dir=PACKAGES, show_progress=False)
    (site_packages,) = prefix.glob("lib/python3.*/site-packages")
    (site_packages / "environment_witness.py").write_text(WITNESS)
    (site_packages / "environment_witness.pth").write_text("import environment_witness\n")


def activation(prefix: Path) -> str:
    """Shell code that activates the environment."""
    from rattler.shell import ActivationVariables, Shell, activate

    path = os.environ["PATH"].split(os.pathsep)
    return str(activate(prefix.absolute(), ActivationVariables(None, path), Shell.bash).script)


def main(arguments: list[str]) -> str:
    """Carry out one command and return what it prints."""
    match arguments:
        case ["--version"]:
            return "conda 26.7.0"
        case ["info", "--json"]:
            return json.dumps({"conda_prefix": str(ROOT), "platform": "linux-64"})
        case ["config", *_]:
            return json.dumps({"get": {"channel_priority": "strict"}})
        case ["clean", *_]:
            return ""
        case ["shell.posix", "activate", prefix]:
            return activation(Path(prefix))
        case ["env", "create", *rest]:
            parser = argparse.ArgumentParser()
            parser.add_argument("--quiet", action="store_true")
            parser.add_argument("--no-default-packages", action="store_true")
            parser.add_argument("--file", type=Path, required=True)
            parser.add_argument("--prefix", type=Path, required=True)
            options = parser.parse_args(rest)
            asyncio.run(create(options.file, options.prefix))
            return ""
    raise SystemExit(f"the stand-in for conda does not know: {' '.join(arguments)}")


if __name__ == "__main__":
    code = 0
    try:
        print(main(sys.argv[1:]))
    except SystemExit as problem:
        code = 1
        print(problem, file=sys.stderr)
    except Exception as problem:
        code = 1
        print(f"{type(problem).__name__}: {problem}", file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # py-rattler 0.28 can crash while the interpreter ends
