#!/usr/bin/env python3
"""Submit a job script to Slurm and print the job's id; the last argument is the script.

The name of the job is made of what it does (working directory, rule, parameters, inputs, outputs).
A job of that name that is already in the queue, as after Snakemake was killed and started again, is
taken up instead of submitted again, and `singleton` keeps any second copy waiting for the first, so
that no file has two writers.
"""

import hashlib
import json
import re
import subprocess
import sys
import uuid
from pathlib import Path

ACTIVE = "pending,configuring,running,suspended"


def job_name(script: str) -> str:
    """Name of the job in the job script that Snakemake wrote."""
    properties = json.loads(re.search(r"^# properties = (.*)$", script, re.M).group(1))
    step = properties.get("rule") or properties.get("groupid")
    if properties.get("output"):
        told = {k: properties.get(k) for k in ("wildcards", "params", "input", "output")}
        identity = json.dumps([str(Path.cwd()), step, told], sort_keys=True)
    else:  # Snakemake leaves long lists of outputs out
        identity = uuid.uuid4().hex
    return f"chemtag.{step}.{hashlib.sha256(identity.encode()).hexdigest()[:12]}"


def slurm(*command: str) -> str:
    """What a Slurm command prints; its errors go to the terminal and end this program."""
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if run.returncode != 0:
        sys.exit(run.returncode)
    return run.stdout.strip()


def main(options: list[str], script: Path) -> None:
    name = job_name(script.read_text())
    queue = ["squeue", "--noheader", "--format=%A", f"--states={ACTIVE}", f"--name={name}", "--me"]
    active = slurm(*queue).split()
    if active:
        print(f"taking up job {active[0]} ({name})", file=sys.stderr)
        print(active[0])
    else:
        alone = [f"--job-name={name}", "--dependency=singleton"]
        print(slurm("sbatch", "--parsable", *alone, *options, str(script)))


if __name__ == "__main__":
    main(sys.argv[1:-1], Path(sys.argv[-1]))
