"""Disks that are full or become read-only; the next run ends with the tables of an undisturbed one."""

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from running import recovers, started, wait_for

IS_ROOT = sys.platform == "linux" and os.geteuid() == 0
as_root = pytest.mark.skipif(not IS_ROOT, reason="mounts a file system")


@pytest.fixture
def disk(small_project):
    """Results on a small file system of their own."""
    results = Path(small_project.folder, "results")
    results.mkdir()

    def mount(*options):
        subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", results], check=True)

    try:
        mount("size=250k")
    except subprocess.CalledProcessError:
        pytest.skip("not allowed to mount a file system")
    yield mount
    subprocess.run(["umount", results], check=True)


def while_busy(mount, *options):
    """Until no job has a file open that it writes."""
    for _ in range(500):
        with contextlib.suppress(subprocess.CalledProcessError):
            return mount(*options)
        time.sleep(0.002)
    raise AssertionError("the disk stays busy")


@pytest.mark.long
@as_root
def test_the_disk_is_full(small_finished, small_project, disk):
    mount = disk
    failed = small_project.run(check=False)
    assert failed.returncode == 1
    said = [line for line in failed.stderr.splitlines() if line.startswith("cambench: ")]
    assert "Traceback" not in failed.stderr
    # Snakemake writes a file of its own, the job's benchmark, which may be the one without room.
    assert said or "No space left on device" in failed.stderr, failed.stderr
    assert all("cannot be written: No space left on device" in line for line in said), said
    mount("remount", "size=64m")
    recovers(small_project, small_finished)


@pytest.mark.long
@as_root
def test_results_become_read_only_in_mid_run(small_finished, small_project, disk):
    mount = disk
    mount("remount", "size=64m")
    with started(small_project) as running:
        wait_for(small_project, running, "test/saliency/tiny/*/raw/c/*/0/0", 2)
        while_busy(mount, "remount", "ro")
    assert running.returncode == 1
    refused = small_project.run(check=False)
    assert refused.returncode == 1
    assert "results/test: results cannot be written there: Read-only file system" in refused.stderr
    mount("remount", "rw")
    small_project.run("--unlock")
    recovers(small_project, small_finished)
