"""A Python that has loaded Snakemake and the packages of the steps: what it starts is its fork.

Most of what a small run costs is the start of its processes, some 1 s of CPU each, and most of
that are imports. `warm_python` gives the path of a `python` that starts Snakemake and scripts as
forks of one process with these imports done. The library, `chemtag`, is not among them: each
checkout has its own. Runs that prove how jobs start, that the same run gives the same bytes, that
are killed or have no network, have a Python as users have it: the hash seed of forks is one.
"""

import atexit
import gc
import importlib
import marshal
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LOADED = (
    "snakemake.cli", "snakemake.script", "numpy", "pandas", "pyarrow.parquet", "astropy.table",
    "astropy.io.fits", "jsonschema", "matplotlib.figure", "matplotlib.backends.backend_pdf",
    "matplotlib.backends.backend_agg", "scipy.special", "scipy.spatial", "scipy.optimize",
)  # fmt: skip

CLIENT = """#!{python} -IS
import marshal, os, socket, sys
arguments = sys.argv[1:]
if arguments[:2] != ["-m", "snakemake"] and not arguments[0].endswith(".py"):
    os.execv({python!r}, [{python!r}, *arguments])
asked = marshal.dumps((sys.argv[0], arguments, os.getcwd(), dict(os.environ)))
with socket.socket(socket.AF_UNIX) as line:
    line.connect({address!r})
    socket.send_fds(line, [len(asked).to_bytes(8, "big")], [0, 1, 2])
    line.sendall(asked)
    code = line.recv(1)
sys.exit(code[0] if code else 1)
"""


@contextmanager
def warm_python(folder: Path) -> Iterator[Path]:
    """Start such a process; give the path of the `python` that asks it; end it afterwards."""
    client, address = folder / "python", str(folder / "socket")
    client.write_text(CLIENT.format(python=sys.executable, address=address))
    client.chmod(0o755)
    process = subprocess.Popen(
        [sys.executable, "-P", __file__, address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "MPLBACKEND": "agg"},
    )
    assert process.stdout is not None
    assert process.stdout.read(1), "it says when it listens"
    try:
        yield client
    finally:
        process.communicate()  # its input ends, so does it


def serve(address: str) -> None:
    """Answer until the input ends."""
    for name in LOADED:
        importlib.import_module(name)
    # The allocator of arrow has a thread of its own, and knows what to do in a fork.
    warnings.filterwarnings("ignore", "This process .* is multi-threaded")
    gc.collect()
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(64)
        os.write(1, b".")
        while listener in select.select([listener, 0], [], [])[0]:
            line, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                _answer(line)
            line.close()
            with suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass


def _answer(line: socket.socket) -> None:
    """Start what is asked for, say its exit code; end it where nobody waits for it any more."""
    size, fds, *_ = socket.recv_fds(line, 8, 3)
    with line.makefile("rb") as file:
        client, arguments, folder, environment = marshal.loads(
            file.read(int.from_bytes(size, "big"))
        )
    worker = os.fork()
    if worker == 0:
        line.close()
        _begin(client, arguments, folder, environment, fds)
    for fd in fds:
        os.close(fd)
    ended = os.pidfd_open(worker)
    if ended not in select.select([line, ended], [], [])[0]:
        os.kill(worker, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
    with suppress(OSError):
        line.sendall(bytes([code if code >= 0 else 128 - code]))
    os._exit(0)


def _begin(
    client: str, arguments: list[str], folder: str, environment: dict[str, str], fds: list[int]
) -> None:
    """Be the process that was asked for."""
    for place, fd in enumerate(fds):
        os.dup2(fd, place)
        os.close(fd)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.executable = client
    sys.path[:0] = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    code: object = 0
    try:
        if arguments[0] == "-m":
            sys.argv = ["snakemake", *arguments[2:]]
            runpy.run_module("snakemake", run_name="__main__", alter_sys=True)
        else:
            sys.argv = arguments
            sys.path.insert(0, str(Path(arguments[0]).parent))
            runpy.run_path(arguments[0], run_name="__main__")
    except SystemExit as end:
        code = end.code
        if isinstance(code, str):
            print(code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
        code = 1
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    serve(sys.argv[1])
