"""A conda channel on disk, made of the distributions that are installed here. For tests only.

Every installed distribution becomes one conda package with the same files, version and
requirements, so solving an environment of `envs/` in this channel proves that its pins agree with
the installed versions, and running a script in it proves that the environment is complete. It
proves nothing about conda-forge (tools/solve_environments.py asks that). Linux x86-64 only.
"""

import hashlib
import io
import json
import os
import re
import sys
import tarfile
import zipfile
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions
from pathlib import Path, PurePosixPath

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# conda-forge names that differ from the names on the Python package index
CONDA_NAMES = {
    "matplotlib": "matplotlib-base",
    "astropy": "astropy-base",
    "tzdata": "python-tzdata",
    "typst": "typst-py",
    "xgboost-cpu": "py-xgboost-cpu",
}
PYPI_NAMES = {conda: pypi for pypi, conda in CONDA_NAMES.items()}
SERIES = f"{sys.version_info.major}.{sys.version_info.minor}"
SITE_PACKAGES = f"lib/python{SERIES}/site-packages"
PLACEHOLDER = "/placeholder" * 20  # the installer puts the prefix of the environment in its place
NOT_SHIPPED = {"RECORD", "REQUESTED", "INSTALLER", "direct_url.json", "uv_cache.json"}

Content = Path | bytes


def build(root: Path, wanted: Iterable[str]) -> list[str]:
    """Write a channel with the conda packages `wanted` and all they need; return their names.

    A wanted package that is not installed is left out: the solver reports it.
    """
    channel = Channel(root)
    channel.add_python()
    found = _closure(PYPI_NAMES.get(name, name) for name in wanted if name != "python")
    for distribution in found.values():
        channel.add_distribution(distribution)
    channel.write_index()
    return sorted(found)


def _needed(distribution: Distribution) -> list[Requirement]:
    requirements = map(Requirement, distribution.requires or [])
    return [r for r in requirements if r.marker is None or r.marker.evaluate({"extra": ""})]


def _closure(roots: Iterable[str]) -> dict[str, Distribution]:
    installed = {canonicalize_name(d.metadata["Name"]): d for d in distributions()}
    todo, found = list(roots), {}
    while todo:
        name = canonicalize_name(todo.pop())
        if name in installed and name not in found:
            found[name] = installed[name]
            todo += [requirement.name for requirement in _needed(installed[name])]
    return found


def _conda_spec(requirement: Requirement) -> str:
    name = canonicalize_name(requirement.name)
    versions = ",".join(sorted(map(str, requirement.specifier)))
    versions = re.sub(r"==([^,*]+[.][*])", r"\1", versions)  # conda writes ==1.2.* as 1.2.*
    return f"{CONDA_NAMES.get(name, name)} {versions}".strip()


def _digest(content: Content) -> tuple[str, int]:
    data = content.read_bytes() if isinstance(content, Path) else content
    return hashlib.sha256(data).hexdigest(), len(data)


def _archive(files: dict[str, Content], links: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with (
        zstd.open(buffer, "wb", level=1) as compressed,
        tarfile.open(fileobj=compressed, mode="w|", format=tarfile.GNU_FORMAT) as tar,
    ):
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            data = content.read_bytes() if isinstance(content, Path) else content
            entry.size = len(data)
            entry.mode = 0o755 if name.startswith("bin/") else 0o644
            if isinstance(content, Path):
                entry.mtime = int(content.stat().st_mtime)  # compiled files name it
            tar.addfile(entry, io.BytesIO(data))
        for name, target in sorted(links.items()):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            tar.addfile(entry)
    return buffer.getvalue()


class Channel:
    """Packages written below `root`, one folder a platform; `write_index` comes last."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.index: dict[str, dict[str, dict]] = {"noarch": {}, "linux-64": {}}
        for subdir in self.index:
            (root / subdir).mkdir(parents=True)

    def add(
        self,
        record: dict,
        files: dict[str, Content],
        links: dict[str, str] | None = None,
        link_json: dict | None = None,
        relocated: frozenset[str] = frozenset(),
    ) -> None:
        """Write one package; `relocated` are text files that name the prefix of the environment."""
        links = links or {}
        record = {"build_number": 0, **record}
        stem = f"{record['name']}-{record['version']}-{record['build']}"
        paths = []
        for name, content in sorted(files.items()):
            digest, size = _digest(content)
            path = {"_path": name, "path_type": "hardlink", "sha256": digest, "size_in_bytes": size}
            if name in relocated:
                path |= {"file_mode": "text", "prefix_placeholder": PLACEHOLDER}
            paths.append(path)
        paths += [
            {"_path": name, "path_type": "softlink", "sha256": _digest(b"")[0], "size_in_bytes": 0}
            for name in sorted(links)
        ]
        info: dict[str, Content] = {
            "info/index.json": json.dumps(record).encode(),
            "info/paths.json": json.dumps({"paths": paths, "paths_version": 1}).encode(),
            "info/files": "".join(f"{p['_path']}\n" for p in paths).encode(),
            "info/about.json": b"{}",
        }
        if link_json:
            info["info/link.json"] = json.dumps(link_json).encode()
        out = self.root / record["subdir"] / f"{stem}.conda"
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr("metadata.json", json.dumps({"conda_pkg_format_version": 2}))
            archive.writestr(f"pkg-{stem}.tar.zst", _archive(files, links))
            archive.writestr(f"info-{stem}.tar.zst", _archive(info, {}))
        digest, size = _digest(out)
        md5 = hashlib.md5(out.read_bytes(), usedforsecurity=False).hexdigest()
        self.index[record["subdir"]][out.name] = record | {
            "sha256": digest,
            "md5": md5,
            "size": size,
        }

    def add_python(self) -> None:
        """Add a `python` that is the running interpreter with site-packages of its own.

        It borrows the standard library from its base as a virtual environment does: what is tested
        is which packages an environment brings, not the interpreter.
        """
        base = Path(os.path.realpath(sys._base_executable))
        version = ".".join(map(str, sys.version_info[:3]))
        self.add(
            {
                "name": "python",
                "version": version,
                "build": "0_local",
                "subdir": "linux-64",
                "depends": [],
                "python_site_packages_path": SITE_PACKAGES,
            },
            {
                "pyvenv.cfg": f"home = {base.parent}\nversion = {version}\n".encode(),
                f"{SITE_PACKAGES}/README.txt": b"packages of this environment alone\n",
            },
            {
                f"bin/python{SERIES}": str(base),
                "bin/python3": f"python{SERIES}",
                "bin/python": f"python{SERIES}",
            },
        )

    def add_distribution(self, distribution: Distribution) -> None:
        """Add the installed `distribution` as a conda package."""
        name = canonicalize_name(distribution.metadata["Name"])
        tags = re.findall(r"^Tag: (\S+)", distribution.read_text("WHEEL") or "", re.M)
        pure = bool(tags) and all(tag.endswith("-none-any") for tag in tags)
        commands = {
            e.name: e.value for e in distribution.entry_points if e.group == "console_scripts"
        }
        files = _files(distribution, "site-packages" if pure else SITE_PACKAGES)
        link_json, relocated = None, frozenset[str]()
        if pure:
            entries = [f"{command} = {target}" for command, target in commands.items()]
            link_json = {
                "noarch": {"type": "python", "entry_points": entries},
                "package_metadata_version": 1,
            }
        else:
            files |= {f"bin/{command}": _launcher(target) for command, target in commands.items()}
            relocated = frozenset(f"bin/{command}" for command in commands)
        record = {
            "name": CONDA_NAMES.get(name, name),
            "version": distribution.version,
            "build": "py_0" if pure else f"py{SERIES.replace('.', '')}_0",
            "subdir": "noarch" if pure else "linux-64",
            "depends": ["python" if pure else f"python {SERIES}.*"]
            + [_conda_spec(r) for r in _needed(distribution)],
        }
        if pure:
            record["noarch"] = "python"
        self.add(record, files, link_json=link_json, relocated=relocated)

    def write_index(self) -> None:
        """Write repodata.json of each platform."""
        for subdir, packages in self.index.items():
            document = {
                "info": {"subdir": subdir},
                "packages": {},
                "packages.conda": packages,
                "repodata_version": 1,
            }
            (self.root / subdir / "repodata.json").write_text(json.dumps(document))


def _files(distribution: Distribution, site_packages: str) -> dict[str, Content]:
    root = Path(str(distribution.locate_file("")))
    prefix = os.path.normpath(root / "../../..")
    files: dict[str, Content] = {}
    for entry in distribution.files or []:
        path = PurePosixPath(os.path.normpath(str(entry)))
        source = Path(str(distribution.locate_file(entry)))
        if path.suffix == ".pyc" or not source.exists():
            continue
        if path.parts[0] == "..":
            name = os.path.relpath(os.path.normpath(source), prefix)
            if not name.startswith("bin/"):  # commands are written anew for their prefix
                files[name] = source
        elif path.name not in NOT_SHIPPED:
            files[f"{site_packages}/{path}"] = source
            compiled = Path("__pycache__", f"{path.stem}.{sys.implementation.cache_tag}.pyc")
            if path.suffix == ".py" and (source.parent / compiled).exists():
                files[f"{site_packages}/{path.parent / compiled}"] = source.parent / compiled
    return files


def _launcher(target: str) -> bytes:
    module, _, function = target.split("[")[0].strip().partition(":")
    return (
        f"#!{PLACEHOLDER}/bin/python\nimport sys\nfrom {module} import {function.split('.')[0]}\n"
        f"sys.exit({function}())\n"
    ).encode()
