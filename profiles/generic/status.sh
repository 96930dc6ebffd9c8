#!/usr/bin/env bash
# What has become of a PBS job, in Snakemake's words: running, success or failed. Other schedulers: the same in their terms.
said=$(qstat -xf "$1" 2>&1) || { echo running; exit; }  # the server is busy, or does not know of it yet
value() { awk -v key="$1" '$1 == key {print $3}' <<<"$said"; }
case $(value job_state) in
    F | C) [ "$(value Exit_status)" = 0 ] && echo success || echo failed ;;
    *) echo running ;;
esac
