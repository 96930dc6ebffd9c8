"""Workflows in the background, and what is true after the next run, whatever went wrong before."""

import contextlib
import os
import subprocess
import time
from pathlib import Path

import warm


@contextlib.contextmanager
def started(project, snakemake=None):
    """The workflow in the background, with a progress that can be watched."""
    command = [*(snakemake or [warm.python(), "-m", "snakemake"]), *project.arguments("--cores", "2")]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=project.folder, **quiet) as running:
        try:
            yield running
            running.wait(60)
        finally:
            running.kill()


def wait_for(project, running, pattern, count=1):
    """Until so many files are there."""
    while running.poll() is None and len(list(Path(project.folder, "results").glob(pattern))) < count:
        time.sleep(0.05)


def verify(project):
    """Lines that it prints, and its exit status."""
    asked = project.run("verify", check=False)
    assert "Traceback" not in asked.stderr, asked.stderr
    return asked.stdout.splitlines(), asked.returncode


def mend(lines, folder):
    """What a user does: paste the last line's command, which is for all defects, in a shell that stands in a folder."""
    places = os.environ | {"PATH": f"{Path(warm.python()).parent}:{os.environ['PATH']}"}
    command = lines[-1].partition("; mend: " if len(lines) == 1 else "; mend all: ")[2]
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=places, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def recovers(project, small_finished, *arguments):
    """The next run ends, leaves no half-written file, and has the undisturbed run's tables."""
    project.run(*arguments)
    left = [path for pattern in ("*.damaged", ".*.tmp") for path in Path(project.folder, "results").rglob(pattern)]
    for path in left:  # of jobs that were killed while they wrote; verify names them
        assert path.name.endswith(".tmp")
        path.unlink()
    assert project.planned() == {}
    assert verify(project) == (["results/test: no defect"], 0)
    assert project.tables() == small_finished.tables()
