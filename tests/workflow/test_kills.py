"""Workflows and jobs that are killed; the next run ends with the tables of an undisturbed one.

`make test` leaves out those marked `long`. CAMBENCH_SEED repeats the moments of a run whose tests failed.
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import warm
from running import recovers, started

# A process of its own, which signals reach, whose jobs start at once.
REAL = "import runpy, sys; sys.executable = sys.argv.pop(1); runpy.run_module('snakemake', run_name='__main__')"
LATER = [pytest.param(which, marks=pytest.mark.long) for which in (signal.SIGTERM, signal.SIGINT)]


@pytest.mark.parametrize("which", [signal.SIGKILL, *LATER], ids=lambda value: value.name)
def test_killed_many_times(small_finished, small_project, which):
    interrupt(small_project, small_finished, [(which, turn % 2 == 1) for turn in range(3)])


def interrupt(project, small_finished, turns):
    """Send signals at moments drawn anew each time (again with CAMBENCH_SEED); the last run has one core."""
    seed = int(os.environ.get("CAMBENCH_SEED", time.time_ns() % 10_000))
    print(f"CAMBENCH_SEED={seed}")
    draw = random.Random(seed)
    for which, job in turns:
        # A SIGTERM while it plans leaves Snakemake waiting for itself, until it is killed; nothing else may.
        endless = [subprocess.TimeoutExpired] if which == signal.SIGTERM and not job else []
        with (
            contextlib.suppress(*endless),
            started(project, [sys.executable, "-c", REAL, warm.python()]) as running,
        ):
            wait_for_jobs(project, running, draw.randrange(1, 8))
            send(project, running.pid, which, job)
        project.run("--unlock")
    recovers(project, small_finished, "--cores", "1")


def wait_for_jobs(project, running, count):
    """Until so many jobs have begun since."""
    begun = time.time()
    while running.poll() is None:
        logs = Path(project.folder, "results").glob("test/logs/**/*.log")
        if sum(log.stat().st_mtime > begun for log in logs) >= count:
            return
        time.sleep(0.05)


def jobs(project):
    """Processes of the jobs that run at the moment, which a process of the tests has forked."""
    found = psutil.process_iter(["pid", "cmdline", "cwd"])
    mine = [process.info for process in found if process.info["cwd"] == str(project.folder)]
    return [process["pid"] for process in mine if warm.__file__ in process["cmdline"]]


def send(project, pid, which, job):
    """A signal to Snakemake, or to one of its jobs if there is one."""
    with contextlib.suppress(ProcessLookupError):  # it has just ended
        os.kill([*(jobs(project) if job else ()), pid][0], which)
