"""The Python of the small runs starts scripts as any Python does, with packages loaded before."""

import os
import subprocess
import sys

SCRIPT = """
import os, sys
print(sys.argv[1:], os.getcwd(), os.environ["SAID"], sys.path[0])
print("numpy" in sys.modules, [name for name in sys.modules if name.startswith("chemtag")])
print(input(), file=sys.stderr)
sys.exit(3)
"""


def ran(python, *arguments, folder):
    return subprocess.run(
        [python, *arguments], cwd=folder, env={**os.environ, "SAID": "so"}, input="heard\n",
        text=True, capture_output=True,
    )  # fmt: skip


def test_a_script_has_its_arguments_folder_variables_and_streams(warm, tmp_path):
    (tmp_path / "it s").mkdir()
    script = tmp_path / "it s" / "script.py"
    script.write_text(SCRIPT)
    found = ran(warm, script, "a b", folder=tmp_path)
    lines = found.stdout.splitlines()
    assert lines[0] == f"['a b'] {tmp_path} so {script.parent}"
    assert lines[1] == "True []", "packages are loaded, the library of no checkout is"
    assert (found.stderr, found.returncode) == ("heard\n", 3)
    cold = ran(sys.executable, script, "a b", folder=tmp_path)
    assert cold.stdout.splitlines()[0] == lines[0]
    assert (cold.stderr, cold.returncode) == (found.stderr, found.returncode)


def test_a_script_that_breaks_says_where_and_fails(warm, tmp_path):
    script = tmp_path / "script.py"
    script.write_text("def f():\n    raise ValueError('no')\nf()\n")
    found = ran(warm, script, folder=tmp_path)
    assert found.returncode == 1
    assert found.stderr.rstrip().endswith("ValueError: no")
    assert f'{script}", line 2, in f' in found.stderr
    script.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    assert ran(warm, script, folder=tmp_path).returncode == 128 + 9
    assert ran(warm, "-c", "print(sum([1, 2]))", folder=tmp_path).stdout == "3\n"
