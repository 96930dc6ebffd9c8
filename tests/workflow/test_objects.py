"""Localisation in closed form, with boxes and with masks: the map of the object is best, its opposite worst."""

import shutil
from pathlib import Path

import bright
import numpy as np
import polars as pl
import pytest
from PIL import Image
from projects import make_project
from running import verify

from cambench.report import page

NAMES = ["pointing_game", "pointing_game_15", "energy_pointing_game", "relevance_rank", "iou", "average_precision"]
PAGES = ("collect", "cost", "gallery", "classes", "summary", "tables", "figures", "report", "provenance")
LOCATED = {"objects": 1, "objects_figure": 1, "metrics": 1, **dict.fromkeys(PAGES, 1)}
KEPT = [bright.crop(number) for number in range(len(bright.SQUARES))]
LOST = [1 - kept.sum() / bright.pixels(square, 1).sum() for kept, square in zip(KEPT, bright.SQUARES, strict=True)]
SHARES = [kept.mean() for kept in KEPT]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A run with boxes: of the first images the light is explained, of the others the dark."""
    folder = tmp_path_factory.mktemp("objects")
    found = make_project(folder / "run")
    shutil.rmtree(found.folder / "photos")
    bright.write(found.folder)
    shutil.copy(Path(bright.__file__), found.folder)
    found.config["dataset"]["boxes"] = "boxes.csv"
    found.config["networks"] = {"bright": {"factory": "bright:Bright", "layer": "relu", "preprocessing": bright.PREPROCESSING}}  # noqa: E501  # fmt: skip
    found.config |= {"methods": {"gradcam": {"cam": "gradcam"}}, "curves": {"enabled": False}, "target": "label"}
    found.config["metrics"] = NAMES
    found.run()
    return found


def scores(project):
    found = pl.read_parquet(project.results / "metrics.parquet").sort("image")
    assert found["target"].to_list() == [0] * len(LOST) + [1] * len(LOST)
    return found


def test_the_right_map_scores_one_and_the_wrong_one_nothing(project):
    """But for the last threshold of average precision, which takes all pixels, and a tolerance of 15 pixels."""
    found = scores(project)
    assert found["object_lost"].to_list() == pytest.approx(LOST * 2)
    assert found["object_share"].to_list() == pytest.approx(SHARES * 2)
    assert 0 < LOST[2] < 1
    for name in NAMES:
        right, wrong = found[name].to_list()[: len(LOST)], found[name].to_list()[len(LOST) :]
        assert right == [1] * len(LOST), name
        if name == "average_precision":
            assert wrong == pytest.approx(SHARES)
        elif name != "pointing_game_15":
            assert wrong == [0] * len(LOST), name


def test_masks_of_the_same_objects_give_the_same_numbers(project):
    boxes = scores(project)
    del project.config["dataset"]["boxes"]
    project.config["dataset"]["masks"] = "masks"
    assert project.planned() == LOCATED
    project.run()
    assert project.planned() == {}
    assert scores(project).equals(boxes)
    table = pl.read_parquet(next((project.results / "objects").iterdir()))
    assert table.columns == ["image", "mask", "object_lost"]
    assert verify(project) == (["results/test: no defect"], 0)
    for kind in ("png", "pdf"):
        assert (project.results / f"figures/objects.{kind}").stat().st_size > 1000
    files = page.read((project.results / "report/index.html").read_text(encoding="utf-8"))["files"]
    (about,) = [file["about"] for file in files if file["path"] == "figures/objects.png"]
    assert f"The crop leaves out {100 * np.mean(LOST):.1f} % of an object on average" in about


def test_a_mask_that_changes_is_measured_again(project):
    project.config["dataset"].pop("boxes", None)
    project.config["dataset"]["masks"] = "masks"
    project.run()
    before = scores(project)
    file = project.folder / "masks" / "000_0.png"
    changed = np.asarray(Image.open(file)).copy()
    changed[4:16, 12:18] = 0  # the left half of the square
    Image.fromarray(changed).save(file)
    assert project.planned() == LOCATED
    project.run()
    after = scores(project)
    assert after.slice(1).equals(before.slice(1))
    assert after["iou"][0] == after["energy_pointing_game"][0] == pytest.approx(0.5)
    Image.fromarray(changed[:-1]).save(file)
    refused = project.run(check=False)
    line = "cambench: masks: 000_0.png: 48 x 31 pixels, but its image has 48 x 32"
    assert (refused.returncode, line in refused.stderr.splitlines()) == (1, True)
