#!/bin/sh
# Wait until no Slurm job of this working directory is left, as before a restart after Snakemake was
# killed: its jobs run on, and a second copy must not write the same files.
#   profiles/slurm/leftovers.sh [--cancel]     with --cancel the jobs are ended instead of awaited
set -u

leftovers() { # ids of the jobs that Snakemake submitted from here, without the job this may run in
  squeue --noheader --states=pending,configuring,running,suspended,completing --format='%A %j %Z' |
    awk -v here="$(pwd -P)" -v self="${SLURM_JOB_ID:-0}" \
      '$2 ~ /^chemtag/ && $1 != self { id = $1; sub(/^[^ ]+ [^ ]+ /, ""); if ($0 == here) print id }'
}

told=
while :; do
  if ! squeue --noheader --format=%A >/dev/null; then
    echo "Slurm does not answer; asking again in 10 s." >&2
    sleep 10
    continue
  fi
  jobs=$(leftovers)
  [ -n "$jobs" ] || exit 0
  if [ -z "$told" ]; then
    told=yes
    echo "Jobs of $(pwd -P) in the queue:" $jobs >&2
    # shellcheck disable=SC2086  # one argument a job
    [ "${1:-}" != --cancel ] || scancel $jobs
  fi
  sleep 5
done
