#!/usr/bin/env bash
# A real Slurm of several nodes on loopback, for tests. Needs Debian, root and no systemd.
#
#   loopback.sh setup            install the packages if missing, write key and configuration
#   loopback.sh start            start the daemons, wait until all nodes are idle
#   loopback.sh stop             end the jobs and the daemons
#   loopback.sh status           what runs
#   loopback.sh clean            stop and delete everything that setup wrote (packages stay)
#   loopback.sh run COMMAND...   setup, start, run COMMAND, clean whatever happens
#   loopback.sh crash NODE       kill a node's daemon and all that runs on it, as a power cut does
#   loopback.sh revive NODE      start that node's daemon again
#   loopback.sh controller stop|start
#
# Environment:
#   SLURM_LOOPBACK_DIR    state; short, for a unix socket path has at most 107 characters [/tmp/slurm-loopback]
#   SLURM_LOOPBACK_NODES  number of nodes                                                 [3]
#   SLURM_LOOPBACK_CPUS   cores each node claims                                          [4]
#   SLURM_LOOPBACK_MEM    MB each node claims                                             [6000]
#   SLURM_LOOPBACK_PORT   first of a block of 300 ports on 127.0.0.1                      [16810]
set -euo pipefail
dir=${SLURM_LOOPBACK_DIR:-/tmp/slurm-loopback}
nodes=${SLURM_LOOPBACK_NODES:-3}
cpus=${SLURM_LOOPBACK_CPUS:-4}
mem=${SLURM_LOOPBACK_MEM:-6000}
port=${SLURM_LOOPBACK_PORT:-16810}
# The default place of the configuration: Snakemake's Slurm plugin drops SLURM_CONF inside jobs.
conf=/etc/slurm/slurm.conf
mark="# written by tests/slurm/loopback.sh for $dir"
hosts_mark="# tests/slurm/loopback.sh"
cluster=loopback

say() { printf '[loopback] %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
ours() { grep -qsF "$mark" "$conf"; }

# alive PIDFILE NAME: that process runs, is that program, and is no zombie
alive() {
  local pid
  pid=$(cat "$1" 2>/dev/null) && [ -n "$pid" ] || return 1
  [[ "$(cat "/proc/$pid/comm" 2>/dev/null)" == "$2"* ]] || return 1
  ! grep -q '^State:.Z' "/proc/$pid/status" 2>/dev/null
}

gone() { ! alive "$@"; }

end() { # end PIDFILE NAME: TERM, then KILL after 10 s
  if alive "$1" "$2"; then
    kill -TERM "$(cat "$1")" 2>/dev/null || true
    wait_for 10 gone "$1" "$2" || kill -KILL "$(cat "$1")" 2>/dev/null || true
  fi
  rm -f "$1"
}

wait_for() { # wait_for SECONDS COMMAND...
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.2
  done
}

# as HOST COMMAND...: in a UTS namespace of its own, so that jobs see the host name of their node
# and the daemons bind to 127.0.0.1 alone
as() { setsid unshare --uts sh -c 'hostname "$0" && exec "$@"' "$@"; }

install_packages() {
  local missing=() package policy=/usr/sbin/policy-rc.d made= failed=
  for package in slurmctld slurmd slurm-client munge; do
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
  local get=(apt-get install -y -qq --no-install-recommends "${missing[@]}")
  "${get[@]}" >/dev/null 2>&1 || { apt-get update -qq && "${get[@]}" >/dev/null; } || failed=1
  [ -z "$made" ] || rm -f "$policy"
  [ -z "$failed" ] || die "the Slurm packages cannot be installed"
}

write_configuration() {
  cat >"$conf" <<END
$mark
ClusterName=$cluster
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SrunPortRange=$((port + 100))-$((port + 299))
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket
CredType=cred/munge
# no cgroups, no systemd
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
SlurmctldPidFile=$dir/run/slurmctld.pid
SlurmctldLogFile=$dir/log/slurmctld.log
StateSaveLocation=$dir/state
SlurmdPidFile=$dir/run/slurmd.%n.pid
SlurmdLogFile=$dir/log/slurmd.%n.log
SlurmdSpoolDir=$dir/spool/%n
# react within seconds
MinJobAge=3600
KillWait=2
SlurmctldTimeout=30
SlurmdTimeout=15
InactiveLimit=0
WaitTime=0
ReturnToService=2
MessageTimeout=10
OverTimeLimit=0
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=2,sched_interval=2,batch_sched_delay=0,sched_min_interval=0
# cores and memory are handed out, the emptiest node first
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory,CR_LLN
DefMemPerCPU=100
# memory limits without cgroups
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
# believe these numbers, not the hardware
SlurmdParameters=config_overrides
NodeName=n[1-$nodes] NodeHostname=n[1-$nodes] NodeAddr=127.0.0.1 Port=[$((port + 10))-$((port + 9 + nodes))] CPUs=$cpus RealMemory=$mem State=UNKNOWN
PartitionName=short Nodes=ALL Default=YES MaxTime=1440 DefaultTime=5 State=UP
PartitionName=long Nodes=n$nodes Default=NO MaxTime=600 DefaultTime=10 State=UP
END
}

setup() {
  [ "$(id -u)" = 0 ] || die "needs root"
  [ -e /etc/debian_version ] || die "needs Debian"
  unshare --uts true 2>/dev/null || die "needs the right to make a UTS namespace"
  install_packages
  if [ -e "$conf" ] && ! ours; then die "$conf is there and not of this script"; fi
  install -d -m 755 "$dir" "$dir/run" "$dir/log" "$dir/state" "$dir/munge" /etc/slurm
  local key="$dir/munge/key" i
  [ -s "$key" ] || { head -c 128 /dev/urandom >"$key" && chmod 400 "$key"; }
  for i in $(seq "$nodes"); do
    install -d -m 755 "$dir/spool/n$i"
    getent hosts "n$i" | grep -q '^127\.' || printf '\n127.0.0.1 n%s %s\n' "$i" "$hosts_mark" >>/etc/hosts
  done
  write_configuration
}

start_node() {
  alive "$dir/run/slurmd.$1.pid" slurmd || as "$1" slurmd -N "$1" </dev/null >>"$dir/log/$1.out" 2>&1
}

controller() {
  local pid="$dir/run/slurmctld.pid"
  case "$1" in
  stop) end "$pid" slurmctld ;;
  start) alive "$pid" slurmctld || as localhost slurmctld </dev/null >>"$dir/log/slurmctld.out" 2>&1 ;;
  esac
}

all_nodes_up() { [ "$(sinfo -h -N -p short -t idle,mix,alloc -o %N | sort -u | wc -l)" -ge "$nodes" ]; }

start() {
  ours || setup
  local socket="$dir/munge/socket" i
  if ! alive "$dir/run/munged.pid" munged; then
    rm -f "$socket"*
    munged --force --key-file="$dir/munge/key" --socket="$socket" --pid-file="$dir/run/munged.pid" \
      --log-file="$dir/log/munged.log" --seed-file="$dir/munge/seed" --num-threads=2 2>>"$dir/log/munged.out"
    wait_for 10 sh -c "munge -S '$socket' -n | unmunge -S '$socket'" || die "munged does not answer"
  fi
  controller start
  for i in $(seq "$nodes"); do start_node "n$i" || die "slurmd of n$i does not start: $dir/log"; done
  wait_for 30 all_nodes_up || die "the nodes do not come up: $dir/log"
  say "up: $(sinfo -h -o '%P %D nodes %T' | tr '\n' ';')"
}

# Kill what a crash may leave: step daemons of this cluster and processes of its jobs.
kill_strays() {
  local proc pid
  for proc in /proc/[0-9]*; do
    pid=${proc#/proc/}
    [ "$pid" != $$ ] || continue
    if { [ "$(cat "$proc/comm" 2>/dev/null)" = slurmstepd ] && ours; } ||
      { grep -qzsx "SLURM_CLUSTER_NAME=$cluster" "$proc/environ" && grep -qzs '^SLURM_JOB_ID=' "$proc/environ"; }; then
      kill -KILL "$pid" 2>/dev/null || true
    fi
  done
}

no_jobs() { [ -z "$(squeue -h -t pending,running,completing,suspended -o %A)" ]; }

stop() {
  [ -d "$dir" ] || return 0
  local pid
  if alive "$dir/run/slurmctld.pid" slurmctld && alive "$dir/run/munged.pid" munged; then
    squeue -h -o %A 2>/dev/null | sort -u | xargs -r scancel 2>/dev/null || true
    wait_for 10 no_jobs || say "some jobs did not end in 10 s"
  fi
  for pid in "$dir"/run/slurmd.*.pid; do end "$pid" slurmd; done
  kill_strays
  controller stop
  end "$dir/run/munged.pid" munged
}

status() {
  local pid name code=0
  for pid in "$dir"/run/*.pid; do
    name=$(basename "$pid")
    if alive "$pid" "${name%%.*}"; then say "$name runs"; else say "$name is dead" && code=1; fi
  done
  sinfo -N -o '%N %T %c %m' || code=1
  return $code
}

clean() {
  stop
  if ours; then rm -f "$conf"; fi
  if grep -qsF "$hosts_mark" /etc/hosts; then
    local kept
    kept=$(grep -vF "$hosts_mark" /etc/hosts | cat -s)
    printf '%s\n' "$kept" >/etc/hosts # in place: the file may be a mount
  fi
  rm -rf -- "$dir"
  say "clean"
}

crash() {
  local pid name proc
  pid=$(cat "$dir/run/slurmd.$1.pid")
  name=$(readlink "/proc/$pid/ns/uts")
  [ "$name" != "$(readlink /proc/self/ns/uts)" ] || die "$1 has no namespace of its own"
  for proc in /proc/[0-9]*; do
    [ "$(readlink "$proc/ns/uts" 2>/dev/null)" != "$name" ] || kill -KILL "${proc#/proc/}" 2>/dev/null || true
  done
  rm -f "$dir/run/slurmd.$1.pid"
}

case "${1:-}" in
setup | start | stop | status | clean) "$1" ;;
crash) crash "$2" ;;
revive) start_node "$2" ;;
controller) controller "$2" ;;
run)
  shift
  trap clean EXIT
  trap 'exit 130' INT TERM
  setup
  start
  "$@"
  ;;
*)
  sed -n '2,21p' "$0"
  exit 2
  ;;
esac
