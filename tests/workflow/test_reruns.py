"""What reruns after which change: the exact number of jobs, planned by Snakemake."""

import copy
import json
import os
import shutil
import time
from pathlib import Path

import polars as pl
import pytest
from projects import make_images

from cambench.metrics import DEFAULT
from cambench.results import columns

# 9 images in shards of 4: S = 3. Methods: M = 2, of one network.
S, M = 3, 2
REPORT = {"report": 1, "provenance": 1}
PAGES = {"tables": 1, "figures": 1, **REPORT}
NUMBERS = {"summary": 1, **PAGES}
AFTER_METRICS = {"collect": 1, "cost": 1, "gallery": 1, "classes": 1, **NUMBERS}
STORES = {"saliency_store": 1, "masked_store": 1, "curves_store": 1, "metrics": 1}
ONE_METHOD = {"saliency": S, "masked": S, "curves": S, **STORES, "curve_figure": 1, **AFTER_METRICS}
MASKED = {"masked": S * M, "masked_store": M, "metrics": M, **AFTER_METRICS}
CURVES = {"curves": S * M, "curves_store": M, "curve_figure": 1, "metrics": M, **AFTER_METRICS}
EVERY_METHOD = {"saliency": S * M, "saliency_store": M, **MASKED, **CURVES}
CLEAN = {"predictions": S, "predictions_store": 1, "channel_scores": S, "channel_scores_store": 1}
ALL_NETWORKS = {"networks": 1, "class_names": 1, **CLEAN, **EVERY_METHOD}
# Until networks are described again, nobody knows how their rows are cut.
EVERY_NETWORK = {rule: count for rule, count in ALL_NETWORKS.items() if count not in (S, S * M)}
EVERYTHING = {"manifest": 1, "images": S, "images_store": 1, **ALL_NETWORKS}
# Until the manifest is made again, nobody knows its shards.
FROM_MANIFEST = {rule: count for rule, count in EVERYTHING.items() if count not in (S, S * M)}
EVERY_JOB = {**FROM_MANIFEST, "machine": 1}
METRICS = {"metrics": M, **AFTER_METRICS}
NAMED = {"class_names": 1, "classes": 1, "gallery": 1, **REPORT}
TITLED = {**METRICS, "curve_figure": 1}  # which takes the metrics' titles from their files


@pytest.fixture(scope="module")
def done(finished, tmp_path_factory):
    """A finished run; each test changes it, looks, and changes it back."""
    return finished.copy(tmp_path_factory.mktemp("rerun") / "copy")


@pytest.fixture
def edited(done):
    """Edit files of the project; they are put back as they were."""
    saved = {}

    def edit(path, old, new):
        file = done.folder / path
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


def test_every_file_of_the_workflow_touched(done):
    assert done.planned() == {}
    for path in done.repo.rglob("*"):
        os.utime(path)
    assert done.planned() == {}


PACKAGE = "repo/workflow/cambench"
EDITS = {
    "a comment in a method": (f"{PACKAGE}/methods/gradcam.py", '"""Channels', '# A comment.\n    """All channels', {}),
    "a comment in the probe": (f"{PACKAGE}/networks/probe.py", "import numpy as np", "# .\nimport numpy as np", {}),
    "a method": (f"{PACKAGE}/methods/gradcam.py", ".sum(1)", ".sum(1) + 0", ONE_METHOD),
    "a metric": (f"{PACKAGE}/metrics/average_gain.py", "np.maximum(0, q - p)", "np.maximum(q - p, 0)", TITLED),
    "the probe": (f"{PACKAGE}/networks/probe.py", "_HEAD_BATCHES = 8", "_HEAD_BATCHES = 4", EVERY_NETWORK),
    "the reader": (f"{PACKAGE}/store/reader.py", "ThreadPoolExecutor(1)", "ThreadPoolExecutor(2)", EVERY_JOB),
    "the page's template": (f"{PACKAGE}/report/page.html.jinja", "<body>", "<body >", REPORT),
    "an adapter": ("repo/workflow/scripts/masked.py", "run.rows[0])", "run.rows[0] + 0)", MASKED),
    "the network's file": ("tiny.py", "mul_(4)", "mul_(5)", EVERY_NETWORK),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_of(edit, done, edited):
    *change, expected = EDITS[edit]
    edited(*change)
    assert done.planned() == expected


ANOTHER = {"layercam": {"cam": "layercam"}}
CHANGES = {
    "another method": (lambda c: c["methods"].update(ANOTHER), ONE_METHOD),
    # its preprocessing is that of the first
    "another network": (lambda c: c["networks"].update(second={**c["networks"]["tiny"], "seed": 1}), EVERY_NETWORK),
    "the space of the masking": (lambda c: c.update(masking={"space": "pixels"}), MASKED),
    "the order of the masking": (lambda c: c.update(masking={"order": "upsample_then_scale"}), {**MASKED, **CURVES}),
    "the ends of a curve": (lambda c: c["curves"].update(insertion={"start": "zero"}), CURVES),
    "the order of equal pixels": (lambda c: c["curves"].update(ties="reading"), CURVES),
    # no forward pass: the curves are stored whole
    "the rule of the area": (lambda c: c["curves"].update(area="mean"), METRICS),
    # no stage but this: stores have what it needs
    "another metric": (lambda c: c.update(metrics=[*DEFAULT, "entropy"]), METRICS),
    "the order of metrics": (lambda c: c.update(metrics=[*DEFAULT][::-1]), REPORT),
    "no curves": (lambda c: c.update(curves={"enabled": False}), METRICS),
    "the number of resamples": (lambda c: c["tables"].update(resamples=60), NUMBERS),
    "a title": (lambda c: c["methods"]["gradcam"].update(title="G"), {**PAGES, "curve_figure": 1, "gallery": 1}),
    "the score": (lambda c: c["networks"]["tiny"].update(score="sigmoid"), EVERY_NETWORK),
    "batch, threads and what is kept": (  # which only the report prints, and the record
        lambda c: c.update(compute={"batch": 2, "threads": 2, "share_activations": 0}),
        REPORT,
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of(name, done, configured):
    change, expected = CHANGES[name]
    change(configured)
    assert done.planned() == expected


OWN_METRIC = """
from cambench.metrics import Column

COLUMN = Column("half", "Half", higher_is_better=True)


def measure(seen):
    return seen.probability / 2
"""
OWN_METHOD = """
from cambench.methods.contract import Batch


def cam(batch: Batch):
    return batch.activations().mean(1)
"""


def test_files_of_the_users_own(copy):
    """A metric and boxes rerun the metrics, a method what is made of its maps; comments rerun nothing."""
    metric, method = copy.folder / "own/half.py", copy.folder / "own/mean.py"
    metric.parent.mkdir()
    metric.write_text(OWN_METRIC)
    method.write_text(OWN_METHOD)
    boxes = copy.folder / "boxes.csv"
    rows = [f"{path.name},4,5,20,30\n" for path in sorted((copy.folder / "photos").iterdir())]
    boxes.write_text("".join(["path,left,top,right,bottom\n", *rows]))
    copy.config["dataset"]["boxes"] = "boxes.csv"
    copy.config["metrics"] = ["own/half.py", "pointing_game"]
    copy.config["methods"]["mean"] = {"cam": "own/mean.py"}
    copy.run()
    assert copy.planned() == {}
    found = pl.read_parquet(copy.results / "metrics.parquet")
    assert 0 < found["object_share"].min() < found["object_share"].max() + 1e-9 < 1
    assert set(found["pointing_game"]) <= {0, 1}
    assert found["half"].to_list() == (found["probability"] / 2).to_list()
    assert found["method"].unique(maintain_order=True).to_list() == ["gradcam", "scorecam", "mean"]
    assert columns.of_table(copy.results / "metrics.parquet")["half"].file == "own/half.py"
    assert {"own/half.py", "own/mean.py"} <= json.loads((copy.results / "provenance.json").read_text())["code"].keys()
    metric.write_text(f"# a comment\n{OWN_METRIC}")
    method.write_text(f"# a comment\n{OWN_METHOD}")
    assert copy.planned() == {}
    metric.write_text(OWN_METRIC.replace("/ 2", "/ 3"))
    assert copy.planned() == {**METRICS, "metrics": 3}
    metric.write_text(OWN_METRIC)
    boxes.write_text(boxes.read_text().replace(",30", ",29"))
    assert copy.planned() == {"objects": 1, "objects_figure": 1, **METRICS, "metrics": 3}
    boxes.write_text(boxes.read_text().replace(",29", ",30"))
    method.write_text(OWN_METHOD.replace("mean", "sum"))
    assert copy.planned() == ONE_METHOD


def test_names_of_classes_make_no_map_again(done, configured):
    names = done.folder / "names.txt"
    names.write_text("a\nb\nc\nd\ne\n")
    configured["networks"]["tiny"]["classes_file"] = "names.txt"
    assert done.planned() == NAMED
    names.write_text("a\nb\nc\nd\n")
    refused = done.run("-n", check=False)
    assert (refused.returncode, refused.stderr.splitlines()[-1]) == (
        1,
        "config: networks.tiny: classes_file: 4 names, but the network has 5 classes",
    )


def test_settings_on_the_command_line(done):
    """Snakemake hands over what stands inside braces as text."""
    assert done.planned("--config", "curves={enabled: false}") == METRICS
    assert done.planned("--config", "methods={layercam: null}") == {}


LOST = {
    "saliency/tiny/gradcam.zarr/raw/c/1/0/0": {**ONE_METHOD, "saliency": 1, "masked": 1, "curves": 1},
    # of which Score-CAM alone is made
    "channel_scores/tiny.zarr/scores/c/1/0": {
        **{**ONE_METHOD, "saliency": 1, "masked": 1, "curves": 1},
        **{"channel_scores": 1, "channel_scores_store": 1},
    },
    "tables/paper.tex": {"tables": 1, "provenance": 1},
    "tables/kendall.csv": NUMBERS,
    "curves/tiny/gradcam.zarr/step/zarr.json": {"curves_store": 1, "provenance": 1},
    "metrics/tiny/scorecam.parquet": {**METRICS, "metrics": 1},
    "report/index.html": REPORT,
    "machine.json": {"machine": 1, "cost": 1, **REPORT},
    "classes.json": NAMED,
    "tables/classes.csv": {"classes": 1, "provenance": 1},
}


@pytest.mark.parametrize("name", LOST)
def test_a_lost_file_is_made_again(name, done):
    assert done.planned_without(done.results / name) == LOST[name]
    assert done.planned() == {}


def test_a_network_that_is_described_again(done):
    """Nothing in its file changes from one description to the next, so no map is made again."""
    file = done.results / "networks/tiny.json"
    described, date = file.read_bytes(), file.stat()
    file.unlink()
    done.run("results/test/networks/tiny.json")
    assert file.read_bytes() == described
    assert done.planned() == {}
    os.utime(file, ns=(date.st_atime_ns, date.st_mtime_ns))


def test_a_chunk_corrupted(done):
    """What depends on it runs, finds it damaged and puts it aside; the next run makes it anew."""
    before = done.tables()
    chunk = done.results / "saliency/tiny/gradcam.zarr/raw/c/1/0/0"
    data = bytearray(chunk.read_bytes())
    data[20] ^= 255
    time.sleep(0.1)
    chunk.write_bytes(data)
    expected = {**ONE_METHOD, "masked": 1, "curves": 1}
    del expected["saliency"]
    assert done.planned() == expected
    failed = done.run(check=False)
    assert failed.returncode == 1
    line = "damaged chunk (its checksum is wrong), put aside as .damaged; run again to make it anew"
    assert line in failed.stdout + failed.stderr
    done.run()
    assert done.planned() == {}
    assert done.tables() == before


def test_tables_of_other_settings_are_refused(small_copy):
    """`--touch` makes Snakemake believe that all was made with the settings of today."""
    small_copy.config["masking"] = {"space": "pixels"}
    small_copy.run("--touch")
    shutil.rmtree(small_copy.results / "tables")
    refused = small_copy.run("--keep-going", check=False)
    assert refused.returncode == 1
    table = "results/test/metrics.parquet"
    line = f"cambench: {table}: made with other settings; mend: rm {table}, then run again"
    assert refused.stderr.splitlines().count(line) == 3  # summary, cost and classes; others follow


def test_images_touched_and_appended(done):
    """The manifest looks again; only shards whose rows are others run.

    Until the manifest is made Snakemake can't plan what follows it, so here the jobs that ran are counted.
    """
    for path in Path(done.folder, "photos").iterdir():
        os.utime(path)
    assert done.executed() == {"manifest": 1}
    assert done.planned() == {}
    make_images(Path(done.folder, "photos"), range(9, 14))  # 14 images: the third shard grows, a fourth begins
    of_network = dict.fromkeys(("images", "predictions", "channel_scores"), 2)
    expected = {**EVERYTHING, **of_network, **dict.fromkeys(("saliency", "masked", "curves"), 2 * M)}
    del expected["networks"], expected["class_names"]
    assert done.executed() == expected
    assert done.planned() == {}
    lines = (done.results / "tables/summary.csv").read_text().splitlines()
    assert lines[1].startswith("tiny,gradcam,14,")
