#!/bin/sh
# Print `running`, `success` or `failed` for one Slurm job, as cluster-generic asks.
# While Slurm does not answer the job counts as running: no answer is not a failure.
set -u
job=${1%%;*} # sbatch --parsable prints id;cluster on federated sites

verdict() {
  case "$1" in
  COMPLETED*) echo success ;;
  BOOT_FAIL* | CANCELLED* | DEADLINE* | FAILED* | NODE_FAIL* | OUT_OF_MEMORY* | PREEMPTED* | REVOKED* | TIMEOUT*)
    echo failed
    ;;
  *) echo running ;;
  esac
  exit 0
}

queue=$(squeue --noheader --states=all --jobs="$job" --format=%T 2>&1) && [ -n "$queue" ] && verdict "$queue"
case "$queue" in
*"Invalid job id"* | "") ;; # the controller has forgotten it: ended a while ago
*) verdict running ;;
esac
account=$(sacct --noheader --allocations --parsable2 --jobs="$job" --format=State 2>&1) &&
  [ -n "$account" ] && verdict "$account"
case "$account" in
*"storage is disabled"* | "") verdict FAILED ;; # nobody knows it, so it does not run: do it again
*) verdict running ;;
esac
