"""Workflows in the background, and what is true after the next run, whatever went wrong before."""

import contextlib
import subprocess
import time
from pathlib import Path


@contextlib.contextmanager
def started(project, *arguments):
    """The workflow in the background, with a progress that can be watched."""
    command = project.command("--cores", "2", *arguments)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=project.folder, **quiet) as running:
        yield running
        running.wait(120)


def wait_for(project, running, pattern, count=1):
    """Until so many files are there."""
    while running.poll() is None and len(list(Path(project.folder, "results").glob(pattern))) < count:
        time.sleep(0.05)


def recovers(project, small_finished, *arguments):
    """The next run ends, leaves no half-written file, and has the undisturbed run's tables."""
    project.run(*arguments)
    left = [path for pattern in ("*.damaged", ".*.tmp") for path in Path(project.folder, "results").rglob(pattern)]
    for path in left:  # of jobs that were killed while they wrote; verify names them
        assert path.name.endswith(".tmp")
        path.unlink()
    assert project.planned() == {}
    assert project.run("verify").stdout.strip() == "results/test: no defect"
    assert project.tables() == small_finished.tables()
