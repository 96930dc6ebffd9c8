"""What reruns after which change: the exact number of jobs, planned by Snakemake."""

import copy
import os
import shutil
import time
from pathlib import Path

import pytest
from conftest import Project, make_images

# 9 images in shards of 4: S = 3. Methods: M = 2, of one network.
S, M = 3, 2
REPORT = {"report": 1, "provenance": 1}
TABLES = {"tables": 1, "comparison": 1, "figures": 1, **REPORT}
AFTER_METRICS = {"collect": 1, "cost": 1, "gallery": 1, **TABLES}
STORES = {"saliency_store": 1, "masked_store": 1, "curves_store": 1, "metrics": 1}
ONE_METHOD = {"saliency": S, "masked": S, "curves": S, **STORES, "curve_figure": 1, **AFTER_METRICS}
MASKED = {"masked": S * M, "masked_store": M, "metrics": M, **AFTER_METRICS}
CURVES = {"curves": S * M, "curves_store": M, "curve_figure": 1, "metrics": M, **AFTER_METRICS}
EVERY_METHOD = {"saliency": S * M, "saliency_store": M, **MASKED, **CURVES}
EVERYTHING = {
    "manifest": 1,
    "networks": 1,
    "images": S,
    "images_store": 1,
    "predictions": S,
    "predictions_store": 1,
    **EVERY_METHOD,
}


@pytest.fixture(scope="module")
def done(finished, tmp_path_factory):
    """A finished run; each test changes it, looks, and changes it back."""
    folder = tmp_path_factory.mktemp("rerun") / "copy"
    shutil.copytree(finished.folder, folder)
    return Project(folder)


@pytest.fixture
def edited(done):
    """Edit files of the workflow; they are put back as they were."""
    saved = {}

    def edit(path, old, new):
        file = done.repo / path
        saved.setdefault(file, file.read_text())
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))

    yield edit
    for file, text in saved.items():
        file.write_text(text)


@pytest.fixture
def configured(done):
    """The configuration, put back afterwards."""
    saved = copy.deepcopy(done.config)
    yield done.config
    done.config = saved


def test_nothing(done):
    assert done.planned() == {}


def test_every_file_of_the_workflow_touched(done):
    for path in done.repo.rglob("*"):
        os.utime(path)
    assert done.planned() == {}


def test_a_comment(done, edited):
    edited("workflow/cambench/methods/gradcam.py", '"""Channels', '# A comment.\n    """All channels')
    edited("workflow/cambench/probe.py", "import numpy as np", "# A comment.\nimport numpy as np")
    assert done.planned() == {}


def test_code_of_a_method(done, edited):
    edited("workflow/cambench/methods/gradcam.py", ".sum(1)", ".sum(1) + 0")
    assert done.planned() == ONE_METHOD


def test_code_of_the_metrics(done, edited):
    edited("workflow/cambench/metrics.py", "(p < q)", "(q > p)")
    assert done.planned() == {"metrics": M, **AFTER_METRICS}


def test_code_of_the_probe(done, edited):
    edited("workflow/cambench/probe.py", "_HEAD_BATCHES = 8", "_HEAD_BATCHES = 4")
    expected = {**EVERYTHING}
    for untouched in ("manifest", "images", "images_store"):
        del expected[untouched]
    assert done.planned() == expected


def test_the_file_of_the_network(done):
    file = done.folder / "tiny.py"
    text = file.read_text()
    file.write_text(text.replace("mul_(4)", "mul_(5)"))
    expected = {**EVERYTHING}
    for untouched in ("manifest", "images", "images_store"):
        del expected[untouched]
    assert done.planned() == expected
    file.write_text(text)
    assert done.planned() == {}


def test_another_method(done, configured):
    configured["methods"]["layercam"] = {"method": "layercam"}
    assert done.planned() == ONE_METHOD


def test_another_network(done, configured):
    configured["models"]["second"] = {**configured["models"]["tiny"], "seed": 1}
    expected = {**EVERYTHING}
    for untouched in ("manifest", "images", "images_store"):  # its preprocessing is that of the first
        del expected[untouched]
    assert done.planned() == expected


def test_a_setting_of_the_masking(done, configured):
    configured["masking"] = {"space": "pixels"}
    assert done.planned() == MASKED


def test_a_setting_of_the_metrics(done, configured):
    configured["masking"] = {"order": "upsample_then_scale"}
    assert done.planned() == {**MASKED, **CURVES}


def test_a_setting_of_the_curves(done, configured):
    configured["curves"] = {**configured["curves"], "insertion": {"start": "zero"}}
    assert done.planned() == CURVES


def test_another_rule_of_the_area(done, configured):
    """No forward pass: the curves are stored whole."""
    configured["curves"] = {**configured["curves"], "area": "mean"}
    assert done.planned() == {"metrics": M, **AFTER_METRICS}


def test_no_curves(done, configured):
    configured["curves"] = {"enabled": False}
    assert done.planned() == {"metrics": M, **AFTER_METRICS}


def test_a_setting_of_the_tables(done, configured):
    configured["tables"]["resamples"] = 60
    assert done.planned() == TABLES


def test_settings_on_the_command_line(done):
    """Snakemake hands over what stands inside braces as text."""
    assert done.planned("--config", "curves={enabled: false}") == {"metrics": M, **AFTER_METRICS}
    assert done.planned("--config", "methods={layercam: null}") == {}


def test_batch_and_threads_change_no_number(done, configured):
    configured["compute"] = {"batch": 2, "threads": 2}
    assert done.planned() == REPORT  # which print the configuration


def test_a_chunk_deleted(done):
    chunk = Path(done.folder, "results/test/saliency/tiny/gradcam.zarr/raw/c/1/0/0")
    data, date = chunk.read_bytes(), chunk.stat()
    chunk.unlink()
    assert done.planned() == {**ONE_METHOD, "saliency": 1, "masked": 1, "curves": 1}
    chunk.write_bytes(data)
    os.utime(chunk, ns=(date.st_atime_ns, date.st_mtime_ns))
    assert done.planned() == {}


def test_a_chunk_corrupted(done):
    """What depends on it runs, finds it damaged and puts it aside; the next run makes it anew."""
    before = done.tables()
    chunk = Path(done.folder, "results/test/saliency/tiny/gradcam.zarr/raw/c/1/0/0")
    data = bytearray(chunk.read_bytes())
    data[20] ^= 255
    time.sleep(0.1)
    chunk.write_bytes(data)
    expected = {**ONE_METHOD, "masked": 1, "curves": 1}
    del expected["saliency"]
    assert done.planned() == expected
    failed = done.run(check=False)
    assert failed.returncode == 1
    assert (
        "damaged chunk (its checksum is wrong), put aside as .damaged; run again to make it anew"
        in failed.stdout + failed.stderr
    )
    done.run()
    assert done.planned() == {}
    assert done.tables() == before


def test_images_touched_and_appended(done):
    """The manifest looks again; only shards whose rows are others run.

    Until the manifest is made Snakemake can't plan what follows it, so here the jobs that ran are counted.
    """
    for path in Path(done.folder, "photos").iterdir():
        os.utime(path)
    assert done.executed() == {"manifest": 1}
    assert done.planned() == {}
    make_images(Path(done.folder, "photos"), range(9, 14))  # 14 images: the third shard grows, a fourth begins
    expected = {**EVERYTHING, "images": 2, "predictions": 2, "saliency": 2 * M, "masked": 2 * M, "curves": 2 * M}
    del expected["networks"]
    assert done.executed() == expected
    assert done.planned() == {}
    lines = Path(done.folder, "results/test/tables/summary.csv").read_text().splitlines()
    assert lines[1].startswith("tiny,gradcam,14,")
