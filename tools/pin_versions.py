"""Write the exact versions of the whole environment into pyproject.toml.

Run `uv run python tools/pin_versions.py` after a change of a dependency. The versions stand under
`[tool.uv] constraint-dependencies`, without any address: a lock file names the host it was made
from, so it is not committed.
"""

import json
import re
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROJECT = ROOT / "pyproject.toml"
BLOCK = re.compile(r"constraint-dependencies = \[\n.*?^\]\n", re.S | re.M)


def versions_of(project: str) -> list[str]:
    """Return `name==version` of everything that pyproject text resolves to, newest allowed."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "pyproject.toml").write_text(project)
        (Path(folder) / "README.md").touch()
        export = ["uv", "export", "-q", "--all-groups", "--no-hashes", "--no-annotate"]
        run = subprocess.run(
            [*export, "--no-header", "--no-emit-project"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
    return sorted(line.strip() for line in run.stdout.splitlines() if "==" in line)


def pinned(project: str) -> str:
    """Return pyproject text with the block of exact versions renewed."""
    versions = versions_of(BLOCK.sub("constraint-dependencies = [\n]\n", project))
    lines = "".join(f"  {json.dumps(version)},\n" for version in versions)
    return BLOCK.sub(lambda _: f"constraint-dependencies = [\n{lines}]\n", project)


if __name__ == "__main__":
    PROJECT.write_text(pinned(PROJECT.read_text(encoding="utf-8")), encoding="utf-8")
