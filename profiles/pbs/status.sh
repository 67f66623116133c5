#!/bin/sh
# Print `running`, `success` or `failed` for one job of PBS, Torque or Grid Engine.
# While qstat does not answer the job counts as running: no answer is not a failure.
set -u
number=${1%%.*}
record=logs/cluster/job.$number

result=$(cat "$record" 2>/dev/null) || { echo failed; exit; } # not submitted from here
if [ -s "$result" ]; then
  if [ "$(cat "$result")" = 0 ]; then echo success; else echo failed; fi
  exit
fi
queue=$(qstat 2>/dev/null) || { echo running; exit; }
state=$(printf '%s\n' "$queue" | awk -v id="$number" '{ split($1, job, /[.[]/) } job[1] == id { print $5; exit }')
case "$state" in
Eqw) echo failed ;; # Grid Engine: the job could not be started
"" | C | F)         # gone: killed, or its exit code is still on its way over the network file system
  [ -e "$record.gone" ] || touch "$record.gone"
  if [ -n "$(find "$record.gone" -mmin +1)" ]; then echo failed; else echo running; fi
  ;;
*) echo running ;;
esac
