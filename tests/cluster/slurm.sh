#!/usr/bin/env bash
# A Slurm of one machine with two GPUs that are not there, in a folder of its own. Only a link in /etc/slurm leads to it,
# because jobs find it in no other way; a machine that has a Slurm already is left alone.
#   tests/cluster/slurm.sh start FOLDER
#   tests/cluster/slurm.sh stop FOLDER
set -euo pipefail
mkdir -p "$2"
at=$(cd "$2" && pwd)
host=$(hostname -s)

install() {
    command -v slurmctld slurmd munged >/dev/null && return
    echo "Installing slurm and munge" >&2
    apt-get update -qq >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends slurmctld slurmd slurm-client munge >&2
}

configure() {
    mkdir -p "$at"/{state,spool,log}
    cat >"$at/slurm.conf" <<EOF
ClusterName=cambench
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$at/munge.socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
GresTypes=gpu
ReturnToService=2
MpiDefault=none
MinJobAge=600
KillWait=5
SchedulerParameters=sched_interval=1,bf_interval=1
StateSaveLocation=$at/state
SlurmdSpoolDir=$at/spool
SlurmctldPidFile=$at/slurmctld.pid
SlurmdPidFile=$at/slurmd.pid
SlurmctldLogFile=$at/log/slurmctld.log
SlurmdLogFile=$at/log/slurmd.log
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(env -u OMP_NUM_THREADS nproc) RealMemory=$(awk '/MemTotal/ {print int($2 / 1024 * 0.9)}' /proc/meminfo) Gres=gpu:fake:2
PartitionName=cpu Nodes=$host Default=YES MaxTime=INFINITE State=UP
PartitionName=gpu Nodes=$host MaxTime=INFINITE State=UP
EOF
    printf "NodeName=$host Name=gpu Type=fake File=/dev/%s\n" null zero >"$at/gres.conf"
}

start() {
    [ ! -e /etc/slurm/slurm.conf ] || { echo "This machine has a Slurm: /etc/slurm/slurm.conf" >&2; exit 1; }
    install
    configure
    [ -s "$at/munge.key" ] || (umask 077 && head -c 1024 /dev/urandom >"$at/munge.key")
    munged --force --socket="$at/munge.socket" --key-file="$at/munge.key" --pid-file="$at/munge.pid" \
        --log-file="$at/log/munged.log" --seed-file="$at/munge.seed" 2>>"$at/log/munged.err"
    ln -s "$at/slurm.conf" "$at/gres.conf" /etc/slurm/
    slurmctld
    slurmd
    for _ in $(seq 60); do
        sinfo -h -o %T 2>/dev/null | grep -q idle && break
        sleep 0.5
    done
    sinfo -h -o "%P %T %c %m %G" >&2
}

stop() {
    for name in slurmd slurmctld munge; do
        [ -s "$at/$name.pid" ] && kill "$(cat "$at/$name.pid")" 2>/dev/null || true
    done
    for name in slurm.conf gres.conf; do
        [ "$(readlink /etc/slurm/$name)" = "$at/$name" ] && rm "/etc/slurm/$name" || true
    done
}

"$1"
