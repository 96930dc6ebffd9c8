"""What else goes wrong while a workflow runs; the next run ends with the tables of an undisturbed one.

`make test` leaves out those marked `long`.
"""

import os
import re
import time
from pathlib import Path

import pytest
from projects import make_images
from running import recovers, started, wait_for


@pytest.mark.long
def test_the_second_of_two_workflows_is_refused(small_finished, small_project):
    with started(small_project) as running:
        wait_for(small_project, running, "test/logs/**/*.log")
        refused = small_project.run(check=False)
        assert refused.returncode == 1
        assert sum("Directory cannot be locked" in line for line in refused.stderr.splitlines()) == 1
        assert "Traceback" not in refused.stderr
    assert running.returncode == 0
    recovers(small_project, small_finished)


def test_an_image_changed_in_mid_run(small_finished, small_project):
    """The manifest sees sizes and dates when a run begins; the job that reads the image sees its bytes."""
    small_project.run("--until", "manifest")
    photo = Path(small_project.folder, "photos/003_3.png")
    saved, status = photo.read_bytes(), photo.stat()
    photo.write_bytes(saved[:-1] + bytes([saved[-1] ^ 1]))
    os.utime(photo, ns=(status.st_atime_ns, status.st_mtime_ns))
    refused = small_project.run(check=False)
    assert refused.returncode == 1
    line = "cambench: 003_3.png: changed since the manifest was made; touch it and run again to list it anew"
    assert line in refused.stderr.splitlines(), refused.stderr
    photo.write_bytes(saved)
    recovers(small_project, small_finished)


@pytest.mark.long
def test_an_image_deleted_and_brought_back(small_finished, small_copy):
    Path(small_copy.folder, "photos/005_1.png").unlink()
    small_copy.run()
    lines = Path(small_copy.folder, "results/test/tables/summary.csv").read_text().splitlines()
    assert lines[1].startswith("tiny,gradcam,5,")
    make_images(Path(small_copy.folder, "photos"), [5])
    recovers(small_copy, small_finished)


@pytest.mark.long
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
