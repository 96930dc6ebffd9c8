"""What goes wrong while a workflow runs; after each, the next run ends with the tables of an undisturbed one.

`make test` leaves out those marked `long`. The project has one method in two shards, so that a run is short.
"""

import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from projects import make_images, make_small

IS_ROOT = sys.platform == "linux" and os.geteuid() == 0
as_root = pytest.mark.skipif(not IS_ROOT, reason="mounts a file system")


@pytest.fixture
def project(tmp_path):
    """A small project that nothing was run in."""
    made = make_small(tmp_path)
    yield made
    made.close()


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


def wait_for_jobs(project, running, count):
    """Until so many jobs have begun since."""
    begun = time.time()
    while running.poll() is None:
        logs = Path(project.folder, "results").glob("test/logs/**/*.log")
        if sum(log.stat().st_mtime > begun for log in logs) >= count:
            return
        time.sleep(0.05)


def scripts(pid):
    """Processes of the jobs that run at the moment."""
    children = psutil.Process(pid).children(recursive=True)
    return [child for child in children if any(".snakemake/scripts" in word for word in child.cmdline()[-1:])]


def send(pid, which, job):
    """A signal to Snakemake, or to one of its jobs if there is one."""
    with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):  # it has just ended
        jobs = scripts(pid) if job else []
        os.kill(jobs[0].pid if jobs else pid, which)


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


def test_killed_twice(small_finished, project):
    interrupt(project, small_finished, [(signal.SIGKILL, False), (signal.SIGKILL, True)])


@pytest.mark.long
@pytest.mark.parametrize("which", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda value: value.name)
def test_killed_many_times(small_finished, project, which):
    interrupt(project, small_finished, [(which, turn % 2 == 1) for turn in range(5)])


def interrupt(project, small_finished, turns):
    """Send signals at moments drawn anew each time (again with CAMBENCH_SEED); the last run has one core."""
    seed = int(os.environ.get("CAMBENCH_SEED", time.time_ns() % 10_000))
    print(f"CAMBENCH_SEED={seed}")
    draw = random.Random(seed)
    for which, job in turns:
        with started(project) as running:
            wait_for_jobs(project, running, draw.randrange(1, 8))
            send(running.pid, which, job)
        project.run("--unlock")
    recovers(project, small_finished, "--cores", "1")


def test_the_second_of_two_workflows_is_refused(small_finished, project):
    with started(project) as running:
        wait_for(project, running, "test/logs/**/*.log")
        refused = project.run(check=False)
        assert refused.returncode == 1
        assert sum("Directory cannot be locked" in line for line in refused.stderr.splitlines()) == 1
        assert "Traceback" not in refused.stderr
    assert running.returncode == 0
    recovers(project, small_finished)


def test_an_image_changed_in_mid_run(small_finished, project):
    """The manifest sees sizes and dates when a run begins; the job that reads the image sees its bytes."""
    project.run("--until", "manifest")
    photo = Path(project.folder, "photos/003_3.png")
    saved, status = photo.read_bytes(), photo.stat()
    photo.write_bytes(saved[:-1] + bytes([saved[-1] ^ 1]))
    os.utime(photo, ns=(status.st_atime_ns, status.st_mtime_ns))
    refused = project.run(check=False)
    assert refused.returncode == 1
    line = "cambench: 003_3.png: changed since the manifest was made; touch it and run again to list it anew"
    assert line in refused.stderr.splitlines()
    photo.write_bytes(saved)
    recovers(project, small_finished)


def test_an_image_deleted_and_brought_back(small_finished, small_copy):
    Path(small_copy.folder, "photos/005_1.png").unlink()
    small_copy.run()
    lines = Path(small_copy.folder, "results/test/tables/summary.csv").read_text().splitlines()
    assert lines[1].startswith("tiny,gradcam,5,")
    make_images(Path(small_copy.folder, "photos"), [5])
    recovers(small_copy, small_finished)


def test_files_from_the_future(small_finished, small_copy):
    """A clock that was ahead: Snakemake refuses what is made from such a file, until it is touched."""
    chunk = Path(small_copy.folder, "results/test/saliency/tiny/gradcam.zarr/raw/c/1/0/0")
    ahead = time.time() + 3600
    os.utime(chunk, (ahead, ahead))
    as_if_large = ("--max-checksum-file-size", "0")  # of small files Snakemake compares checksums
    refused = small_copy.run(*as_if_large, check=False)
    assert refused.returncode == 1
    assert f"older modification time than input {chunk.relative_to(small_copy.folder)}" in re.sub(
        r" \([^)]*\)", "", refused.stderr
    )
    os.utime(chunk)
    recovers(small_copy, small_finished, *as_if_large)
    assert small_copy.planned(*as_if_large) == {}


@pytest.fixture
def disk(project):
    """Results on a small file system of their own."""
    results = Path(project.folder, "results")
    results.mkdir()

    def mount(*options):
        subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", results], check=True)

    try:
        mount("size=250k")
    except subprocess.CalledProcessError:
        pytest.skip("not allowed to mount a file system")
    yield mount
    subprocess.run(["umount", results], check=True)


@pytest.mark.long
@as_root
def test_the_disk_is_full(small_finished, project, disk):
    mount = disk
    failed = project.run(check=False)
    assert failed.returncode == 1
    said = [line for line in failed.stderr.splitlines() if line.startswith("cambench: ")]
    assert "Traceback" not in failed.stderr
    assert said
    assert all("cannot be written: No space left on device" in line for line in said), said
    mount("remount", "size=64m")
    recovers(project, small_finished)


@pytest.mark.long
@as_root
def test_results_become_read_only_in_mid_run(small_finished, project, disk):
    mount = disk
    mount("remount", "size=64m")
    with started(project) as running:
        wait_for(project, running, "test/saliency/tiny/*/raw/c/*/0/0", 2)
        mount("remount", "ro")
    assert running.returncode == 1
    refused = project.run(check=False)
    assert refused.returncode == 1
    assert "results/test: results cannot be written there: Read-only file system" in refused.stderr
    mount("remount", "rw")
    project.run("--unlock")
    recovers(project, small_finished)
