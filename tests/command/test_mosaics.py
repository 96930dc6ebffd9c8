"""Mosaics of a finished run: what is written, that it runs as it stands, and what is refused."""

# ruff: noqa: E501 (tables of expected lines)

import csv
import os
import shutil

import colours
import numpy as np
import pytest
import yaml
from conftest import run_once
from PIL import Image
from projects import ROOT, make_project

import cambench
from cambench.command import _main
from cambench.config import read
from cambench.errors import InputError
from cambench.images.boxes import mask
from cambench.runs import mosaics

FLAT = (
    '"""A map that says nothing."""\nRELU = False\n\n\ndef cam(batch):\n    return batch.activations()[:, 0] * 0 + 1\n'
)
SIDES = {"resize": 32, "crop": 32, "mean": [0, 0, 0], "std": [1, 1, 1]}
UNSURE = {"arguments": {"sharpness": 8}, "preprocessing": {**SIDES, "crop": 24}}
METHODS = {"gradcam": {"cam": "gradcam"}, "flat": {"cam": "flat.py"}, "random": {"cam": "random"}}


def coloured(folder):
    """A run of twelve images of four classes, of which one network is sure; another, which sees less of them, is not."""
    project = make_project(folder, range(0))
    shutil.copy(ROOT / "tests" / "colours.py", folder / "colours.py")
    (folder / "flat.py").write_text(FLAT, encoding="utf-8")
    if not (folder / "squares").exists():
        colours.write(folder / "squares")
        np.save(folder / "maps.npy", np.zeros((12, 4, 4), np.float32))
    network = {"factory": "colours:Colours", "layer": "relu", "preprocessing": SIDES}
    listed = {"path": "maps.npy", "names": "names.txt"}
    (folder / "names.txt").write_text("".join(f"{n}_{label}.png\n" for n in range(3) for label in range(4)))
    project.config |= {
        "dataset": {**project.config["dataset"], "path": "squares"},
        "networks": {"colours": network, "small": {**network, **UNSURE}},
        "methods": {**METHODS, "given": {"cam": "file", "settings": listed}},
        "curves": {"enabled": False},
        "shards": {"images": 5},
    }
    return project


@pytest.fixture(scope="session")
def squares(tmp_path_factory):
    return run_once(tmp_path_factory, "coloured", coloured)


@pytest.fixture
def here(squares, tmp_path, monkeypatch):
    """A working folder like that of the run, which must not be changed."""
    for path in squares.folder.iterdir():
        if path.suffix in (".py", ".npy", ".txt", ".yaml") or path.name in ("results", "squares"):
            os.symlink(path, tmp_path / path.name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def made(*words):
    _main.main(["mosaics", "results/test", "-o", "mosaics", *map(str, words)])


def rows(file):
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_what_is_written(here, capsys):
    made("--network", "colours", "--mosaics", 9)
    said = capsys.readouterr().out.splitlines()
    assert said == [
        "mosaics/mosaics.yaml: 9 mosaics with 36 maps a method, of 12 images of 4 classes, each used 3 times",
        "Next: cambench check mosaics/mosaics.yaml, then cambench run mosaics/mosaics.yaml",
    ]
    folder = here / "mosaics"
    assert sorted(path.name for path in folder.iterdir()) == ["boxes.csv", "images", "images.csv", "mosaics.yaml"]
    listed, boxes = rows(folder / "images.csv"), rows(folder / "boxes.csv")
    assert [row["path"] for row in listed] == [f"images/{n:04d}-{cell}.png" for n in range(9) for cell in range(4)]
    assert [row["path"] for row in boxes] == [row["path"] for row in listed]
    for number in range(9):
        assert {row["label"] for row in listed[4 * number : 4 * number + 4]} == set("0123")
    for row, box in zip(listed, boxes, strict=True):
        pixels = np.asarray(Image.open(folder / row["path"]))
        edges = tuple(float(box[name]) for name in ("left", "top", "right", "bottom"))
        cell = pixels[mask([edges], (64, 64))].reshape(32, 32, 3)
        assert (cell[16, 16] > 0).tolist() == colours.COLOURS[int(row["label"])].astype(bool).tolist()


def test_the_same_command_writes_the_same_files(here):
    made("--network", "colours", "--mosaics", 4, "--seed", 3)
    first = {path: path.read_bytes() for path in (here / "mosaics").rglob("*") if path.is_file()}
    shutil.rmtree(here / "mosaics")
    made("--network", "colours", "--mosaics", 4, "--seed", 3)
    assert first == {path: path.read_bytes() for path in (here / "mosaics").rglob("*") if path.is_file()}


def test_the_configuration_is_complete(here):
    made("--network", "small", "--mosaics", 2, "--confidence", 0.5)
    text = (here / "mosaics" / "mosaics.yaml").read_text(encoding="utf-8")
    assert text.startswith(
        "# The grid pointing game (Böhle et al., 2021): 2 mosaics of 2 x 2 images with p > 0.5, seed 0, "
    )
    assert "# 1 of its methods read maps from a file, and are left out.\n" in text
    config = yaml.safe_load(text)
    full, errors = read.resolve(config, ["mosaics.yaml"])
    assert errors == []
    assert list(full["methods"]) == list(METHODS)
    (block,) = config["networks"].values()
    assert (block["preprocessing"]["resize"], block["preprocessing"]["crop"]) == (48, 48)
    assert (config["target"], config["metrics"][0]) == ("label", "grid_pointing_game")


def test_it_runs_as_it_stands(squares, tmp_path):
    """Grad-CAM of a class sees its colour alone, so all of the map lies in its cell; others are at chance."""
    project = squares.copy(tmp_path / "copy")
    os.chdir(project.folder)
    try:
        made("--network", "colours", "--mosaics", 5)
    finally:
        os.chdir(ROOT)
    project.presets, project.config = [project.folder / "mosaics" / "mosaics.yaml"], {"run": "test-mosaics"}
    project.run()
    run = cambench.open_run(project.results)
    table = run.metrics.select(
        "method", "image", "grid_pointing_game", "object_share", "object_lost", "label", "target"
    )
    assert table.group_by("method").len().sort("method").rows() == [(name, 20) for name in sorted(METHODS)]
    assert (table["label"] == table["target"]).all()
    assert set(table["object_share"]) == {0.25}
    assert set(table["object_lost"]) == {0}
    found = {name: table.filter(method=name).sort("image")["grid_pointing_game"].to_numpy() for name in METHODS}
    assert found["gradcam"].tolist() == [1] * 20
    assert found["flat"] == pytest.approx([0.25] * 20)
    assert found["random"].reshape(5, 4).mean(1) == pytest.approx([0.25] * 5)  # the same map for all four classes
    assert_pixels(run, cambench.open_run(squares.results), project.folder / "mosaics")


def assert_pixels(run, before, folder):
    """What the network sees are the crops that it saw before, side by side, to the bit."""
    seen, crops = (one.reader(name)("images.pixels")[:] for one, name in ((run, "colours"), (before, "colours")))
    known = {crop.tobytes() for crop in crops}
    assert len(known) == 12
    for pixels, box in zip(seen, rows(folder / "boxes.csv"), strict=True):
        left, top, right, bottom = (int(box[name]) for name in ("left", "top", "right", "bottom"))
        assert pixels.shape == (64, 64, 3)
        assert np.ascontiguousarray(pixels[top:bottom, left:right]).tobytes() in known
    first = [run.manifest["path"][n][:-5] for n in range(20)]
    for n in range(20):
        assert (seen[n] == seen[first.index(first[n])]).all()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--network", "colour"], "results/test: no network 'colour'; did you mean 'colours'?; it has colours, small"),
        ([], "results/test: networks see different pixels (colours resize32-crop32-bilinear, small resize32-crop24-bilinear); name one of them with --network"),
        (["--grid", "3", "--network", "colours"], "results/test: 12 of 12 images are classified rightly with p > 0.99, of 4 classes; a mosaic takes 9 classes: lower --confidence, or take more images"),
        (["--network", "colours"], "results/test: 12 of 12 images are classified rightly with p > 0.99, which make 81 different mosaics, not 500: ask for fewer with --mosaics"),
        (["--grid", "1"], "--grid: a mosaic has at least 2 cells along a side, not 1"),
        (["--mosaics", "0"], "--mosaics: at least 1, not 0"),
        (["--confidence", "1"], "--confidence: a probability from 0 to below 1, not 1.0"),
        (["--seed", "-1"], "--seed: at least 0, not -1"),
        (["-o", "squares"], "squares: is not empty; name another folder"),
        (["-o", "flat.py"], "flat.py: cannot be written: Not a directory"),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_one_line(here, capsys, words, line):
    with pytest.raises(SystemExit) as ended:
        made(*words)
    assert (ended.value.code, *capsys.readouterr()) == (1, "", f"{line}\n")
    assert not (here / "mosaics").exists()


def test_images_without_labels_are_refused(here):
    run = cambench.open_run("results/test")
    vars(run)["manifest"] = run.manifest.with_columns(label=-1)
    said = "results/test: images have no labels, or several; mosaics are made of images of known classes"
    with pytest.raises(InputError, match=said):
        mosaics.make(run, "mosaics", "colours", mosaics.Asked())


def test_all_networks_have_to_be_sure(here):
    """Of images that one of them is sure of, the other is so of the white ones alone."""
    run, asked = cambench.open_run("results/test"), mosaics.Asked(mosaics=1, confidence=0.95)
    assert len(mosaics._sure(run, ["colours"], asked).rows) == 12
    with pytest.raises(InputError, match=r"3 of 12 images are classified rightly with p > 0\.95, of 1 classes; "):
        mosaics._sure(run, ["colours", "small"], asked)


def test_nothing_is_left_of_mosaics_that_were_stopped(here, monkeypatch):
    saved = []

    def stop(*arguments):
        saved.append(arguments)
        if len(saved) > 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("cambench.runs.mosaics._save", stop)
    (here / "mosaics").mkdir()
    with pytest.raises(SystemExit):
        made("--network", "colours", "--mosaics", 5)
    assert list((here / "mosaics").iterdir()) == []


def test_file_systems_without_hard_links_get_copies(here, monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(os, "link", refuse)
    made("--network", "colours", "--mosaics", 1)
    files = sorted((here / "mosaics" / "images").iterdir())
    assert len(files) == 4
    assert len({path.read_bytes() for path in files}) == 1
    assert {path.stat().st_nlink for path in files} == {1}
