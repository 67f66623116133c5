#!/usr/bin/env bash
# A real Grid Engine of one node on this machine, for tests. Needs Debian and root.
#
#   loopback.sh run COMMAND...   install if missing, start, run COMMAND, stop whatever happens
set -euo pipefail
export SGE_ROOT=/var/lib/gridengine SGE_CELL=default
spool=/var/spool/gridengine

say() { printf '[gridengine] %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

install_packages() {
  local policy=/usr/sbin/policy-rc.d made='' failed='' package missing=()
  for package in gridengine-master gridengine-exec gridengine-client; do
    dpkg-query -Wf '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing ${missing[*]}"
  if [ ! -e "$policy" ]; then # no service of the packages may start by itself
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    made=1
  fi
  export DEBIAN_FRONTEND=noninteractive
  debconf-set-selections <<'END'
gridengine-common shared/gridengineconfig boolean true
gridengine-common shared/gridenginecell string default
gridengine-common shared/gridenginemaster string localhost
END
  local get=(apt-get install -y -qq --no-install-recommends "${missing[@]}")
  "${get[@]}" >/dev/null 2>&1 || { apt-get update -qq && "${get[@]}" >/dev/null; } || failed=1
  [ -z "$made" ] || rm -f "$policy"
  [ -z "$failed" ] || die "the Grid Engine packages cannot be installed"
}

wait_for() { # wait_for SECONDS COMMAND...
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.2
  done
}

as_manager() { setpriv --reuid sgeadmin --regid sgeadmin --clear-groups "$@"; }

start() {
  setsid sge_qmaster </dev/null >/tmp/gridengine.log 2>&1
  wait_for 30 as_manager qconf -sh || die "the master does not answer: /tmp/gridengine.log"
  as_manager qconf -ah localhost >/dev/null 2>&1 || true
  as_manager qconf -as localhost >/dev/null 2>&1 || true
  local folder file
  folder=$(mktemp -d)
  file=$folder/global
  chmod 755 "$folder"
  # root may submit
  as_manager qconf -sconf | sed -e 's/^min_\([ug]\)id .*/min_\1id 0/' >"$file"
  as_manager qconf -Mconf "$file" >/dev/null
  as_manager qconf -sel 2>/dev/null | grep -qx localhost || {
    printf '%s\n' 'hostname localhost' 'load_scaling NONE' 'complex_values NONE' 'user_lists NONE' \
      'xuser_lists NONE' 'projects NONE' 'xprojects NONE' 'usage_scaling NONE' 'report_variables NONE' >"$file"
    as_manager qconf -Ae "$file" >/dev/null
  }
  as_manager qconf -spl 2>/dev/null | grep -qx smp || {
    printf '%s\n' 'pe_name smp' 'slots 999' 'user_lists NONE' 'xuser_lists NONE' 'start_proc_args NONE' \
      'stop_proc_args NONE' 'allocation_rule $pe_slots' 'control_slaves FALSE' 'job_is_first_task TRUE' \
      'urgency_slots min' 'accounting_summary FALSE' 'qsort_args NONE' >"$file"
    as_manager qconf -Ap "$file" >/dev/null
  }
  as_manager qconf -sql 2>/dev/null | grep -qx all.q || {
    as_manager qconf -sq | sed -e 's/^qname.*/qname all.q/' -e 's/^hostlist.*/hostlist localhost/' \
      -e 's/^pe_list.*/pe_list smp/' -e 's/^slots.*/slots 16/' -e 's/^load_thresholds.*/load_thresholds NONE/' \
      -e 's/^shell_start_mode.*/shell_start_mode unix_behavior/' >"$file"
    as_manager qconf -Aq "$file" >/dev/null
  }
  rm -rf "$folder"
  setsid sge_execd </dev/null >>/tmp/gridengine.log 2>&1
  wait_for 60 sh -c 'qstat -f | grep -q "lx-amd64 *$"' || { qstat -f >&2; die "the node does not come up"; }
}

stop() {
  qdel -f -u '*' >/dev/null 2>&1 || true
  local pid
  for pid in "$spool"/execd/*/execd.pid "$spool"/qmaster/qmaster.pid; do
    [ -e "$pid" ] && kill -TERM "$(cat "$pid")" 2>/dev/null || true
  done
  for pid in "$spool"/execd/*/execd.pid "$spool"/qmaster/qmaster.pid; do
    [ -e "$pid" ] && { wait_for 15 sh -c "! kill -0 $(cat "$pid")" || kill -KILL "$(cat "$pid")"; } || true
  done
  say "stopped"
}

case "${1:-}" in
run)
  shift
  [ "$(id -u)" = 0 ] || die "needs root"
  [ -e /etc/debian_version ] || die "needs Debian"
  # The engine refuses hosts whose name is not the one of their address; here that is localhost.
  exec unshare --uts "$0" inside "$@"
  ;;
inside)
  shift
  hostname localhost
  install_packages
  trap stop EXIT
  trap 'exit 130' INT TERM
  start
  "$@"
  ;;
*)
  sed -n '2,5p' "$0"
  exit 2
  ;;
esac
