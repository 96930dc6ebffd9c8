"""Numbers of the whole set about where objects are: runs with boxes and with masks, what reruns, what is refused."""

import json

import numpy as np
import polars as pl
from PIL import Image

from cambench import open_run
from cambench.images import boxes, objects
from cambench.localisation import image
from cambench.masks import Masking, masks
from cambench.results import localisation
from cambench.results.bootstrap import Bootstrap
from cambench.store import tables

PAGES = {"md", "tex", "html"}
# Jobs that follow from the table of the set, for two methods.
SET = {"localisation": 2, "localisation_tables": 1, "report": 1, "provenance": 1}


def test_numbers_of_the_set(copy):
    """The table follows from the stored maps and the boxes; nothing that runs the network is made again."""
    names = sorted(path.name for path in (copy.folder / "photos").iterdir())
    rows = [f"{name},{4 + number},5,{20 + number},30\n" for number, name in enumerate(names)]
    (copy.folder / "boxes.csv").write_text("".join(["path,left,top,right,bottom\n", *rows]))
    copy.config["dataset"]["boxes"], copy.config["metrics"] = "boxes.csv", ["entropy"]
    copy.config["localisation"] = {"thresholds": 50}
    ran = copy.executed()
    assert {rule: count for rule, count in ran.items() if rule in (*SET, "objects")} == {**SET, "objects": 1}
    assert not {"predictions", "saliency", "masked", "curves"} & ran.keys()
    assert copy.planned() == {}
    found = pl.read_csv(copy.results / "tables/localisation.csv")
    assert found["method"].to_list() == ["gradcam", "scorecam"]
    expected = by_hand(copy.results, 50)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-12, err_msg=name)
    assert all((copy.results / f"tables/localisation.{kind}").exists() for kind in PAGES)
    digests = json.loads((copy.results / "provenance.json").read_text())["files"]
    assert {"tables/localisation.csv", "localisation/tiny/gradcam.parquet"} <= digests.keys()
    assert open_run(copy.results).table("localisation").equals(found)
    assert '"localisation":{"columns"' in (copy.results / "report/index.html").read_text().replace(" ", "")
    verified = copy.run("verify", check=False)
    assert (verified.returncode, "no defect" in verified.stdout) == (0, True), verified.stdout

    copy.config["localisation"] = {"thresholds": 60}
    assert copy.planned() == SET
    said = copy.run("verify", check=False).stdout
    line = "results/test/localisation/tiny/gradcam.parquet: made with other settings than the configuration's"
    assert any(found.startswith(line) for found in said.splitlines()), said
    copy.config["localisation"] = {"thresholds": 50}
    assert copy.planned_without(copy.results / "localisation/tiny/gradcam.parquet") == {**SET, "localisation": 1}
    assert copy.planned_without(copy.results / "tables/localisation.md")["localisation_tables"] == 1
    copy.config["tables"] = {"resamples": 60}
    assert copy.planned()["localisation_tables"] == 1
    assert "localisation" not in copy.planned()
    del copy.config["localisation"], copy.config["tables"]["resamples"]
    assert "localisation_tables" not in copy.planned()


def by_hand(results, thresholds):
    """Numbers of each method, from the files of the run."""
    run, found = open_run(results), {name: [] for name in localisation.NUMBERS}
    placed = pl.read_parquet(next((results / "objects").glob("*.parquet")))
    for method in ("gradcam", "scorecam"):
        large = masks(run.reader("tiny", method)("saliency.raw")[:], (32, 32), Masking())
        inside = np.stack([boxes.mask(each, (32, 32)) for each in placed["boxes"].to_list()])
        levels = [image.levels(mask, thresholds) for mask in large]
        met = sum(
            image.matches(level, each, thresholds).astype(float)
            for level, each in zip(levels, placed["boxes"].to_list(), strict=True)
        )
        shown = large > large.mean((1, 2), keepdims=True, dtype=np.float64)
        found["max_box_accuracy"].append(met[0].max() / 9)
        found["max_box_accuracy_v2"].append(met[1:].max(1).mean() / 9)
        found["pixel_accuracy"].append((shown == inside).mean())
        ious = [(a & b).sum() / (a | b).sum() for a, b in ((shown, inside), (~shown, ~inside))]
        found["mean_iou"].append(np.mean(ious))
        counts = [np.bincount(np.stack(levels)[which], minlength=thresholds + 1)[None] for which in (inside, ~inside)]
        found["pixel_ap"].append(localisation.average_precision(*counts)[0])
    return found


def test_masks_have_no_boxes(small_copy):
    folder = small_copy.folder / "masks"
    folder.mkdir()
    for path in (small_copy.folder / "photos").iterdir():
        mask = np.zeros((40, 48), np.uint8)
        mask[8:30, 12:30] = 255
        Image.fromarray(mask).save(folder / f"{path.stem}.png")
    small_copy.config["dataset"]["masks"], small_copy.config["metrics"] = "masks", ["entropy"]
    small_copy.config["localisation"] = {}
    small_copy.run("results/test/tables/localisation.csv")
    found = pl.read_csv(small_copy.results / "tables/localisation.csv")
    assert found["max_box_accuracy"].null_count() == found["max_box_accuracy_v2"].null_count() == 1
    assert 0 < found["pixel_ap"][0] < 1
    assert "MaxBoxAcc" not in (small_copy.results / "tables/localisation.md").read_text()
    table = small_copy.results / "localisation/tiny/gradcam.parquet"
    assert pl.read_parquet(table).width == 8
    whole = localisation.summarise({("tiny", "gradcam"): tables.scan(table)}, Bootstrap(50, 0.95, 0))
    np.testing.assert_allclose(whole["pixel_ap"][0], found["pixel_ap"][0])
    assert (
        objects.MASKED.keys() <= pl.read_parquet(next((small_copy.results / "objects").glob("*.parquet"))).schema.keys()
    )


def test_what_is_refused(small_copy):
    small_copy.config["localisation"] = {}
    refused = small_copy.run("-n", check=False)
    line = "config: localisation needs to know where objects are: give dataset.boxes or dataset.masks"
    assert (refused.returncode, refused.stderr.splitlines()[-1]) == (1, line)
    small_copy.config["localisation"] = {"thresholds": 0}
    refused = small_copy.run("-n", check=False)
    assert refused.stderr.splitlines()[-1] == "config: localisation.thresholds: 0 is less than the minimum of 1"
