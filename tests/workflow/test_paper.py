"""The paper's preset, end to end, on a small tree of ImageNet's shape."""

import csv
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image
from projects import make_devkit, make_project

NETWORKS = ("vgg16", "resnet18", "resnet50", "resnet101", "resnext50_32x4d", "resnext101_32x8d")
LEFT_OUT = ("fakecam", "gradcampp", "smoothgradcampp")
FEW = ("Grad-CAM", "Score-CAM")  # of the five published methods, those that `make test` runs
SYNSETS = [f"n{number:08d}" for number in np.random.default_rng(0).permutation(1000)]


def make_imagenet(folder, images, side=(48, 40)):
    """A flat validation folder with its development kit."""
    truth = [number % 1000 + 1 for number in range(images)]
    kit = make_devkit(folder, SYNSETS, truth)
    (folder / "val").mkdir()
    for number in range(images):
        noise = np.random.default_rng(number).integers(0, 255, (5, 6, 3), dtype=np.uint8)
        image = Image.fromarray(noise).resize(side, Image.Resampling.BICUBIC)
        image.save(folder / "val" / f"ILSVRC2012_val_{number + 1:08d}.JPEG")
    return {"path": str(folder / "val"), "devkit": str(kit), "images": images, "sample": None}


def stand_in(seed):
    """Takes the place of a network of the preset; null takes away what the preset gives."""
    small = {"resize": 32, "crop": 32}
    own = {"factory": "tiny:Tiny", "arguments": {"classes": 1000}, "seed": seed, "preprocessing": small}
    return {"name": None, "weights": None, "layer": None, **own}


def make_paper(folder, networks, images):
    project = make_project(folder)
    project.presets = [project.repo / "config" / "poppi2021.yaml"]
    project.config = {
        "run": "test",
        "dataset": make_imagenet(folder / "imagenet", images),
        "networks": networks,
        "curves": {"pixels_per_step": 256, "points": 2},
        "tables": {"resamples": 50},
        "figures": {"gallery_images": 2},
        "compute": {"batch": 16},
    }
    return project


@pytest.fixture(scope="module")
def paper(tmp_path_factory):
    networks = {**dict.fromkeys(NETWORKS), "resnet18": stand_in(0), "resnet50": stand_in(1)}
    project = make_paper(tmp_path_factory.mktemp("paper"), networks, 5)
    project.config["methods"] = dict.fromkeys(LEFT_OUT)
    project.run(*(f"results/test/tables/{name}" for name in ("published.csv", "published.md", "paper.tex")))
    return project


def published(project):
    with open(project.folder / "results/test/tables/published.csv") as file:
        return list(csv.DictReader(file))


def test_every_published_number_is_listed(paper):
    rows = published(paper)
    assert len(rows) == 30 * 7
    run = [row for row in rows if row["network"] in ("resnet18", "resnet50") and row["method"] in FEW]
    assert len(run) == 2 * 2 * 7
    assert {row["verdict"] for row in run} == {"no verdict"}
    assert {row["verdict"] for row in rows if row not in run} == {"not run"}
    summary = pl.read_parquet(paper.folder / "results/test/tables/summary.parquet")
    ours = summary.filter(network="resnet50", method="scorecam")["insertion"][0]
    row = next(r for r in rows if (r["network"], r["method"], r["metric"]) == ("resnet50", "Score-CAM", "insertion"))
    assert float(row["ours"]) == pytest.approx(100 * ours)
    assert float(row["difference"]) == pytest.approx(100 * ours - float(row["published"]))


def test_captions_say_what_is_wrong(paper):
    tables = Path(paper.folder, "results/test/tables")
    text = (tables / "published.md").read_text()
    assert "No verdict is given: Deletion, Insertion: curves.pixels\\_per\\_step 256, not 224; " in text
    assert "; ResNet-18, ResNet-50: 5 images, not 50,000; " in text
    assert "ResNet-18, ResNet-50: preprocessing.resize 32, not 224; " in text
    assert "ResNet-18: weights random, seed 0, not IMAGENET1K\\_V1; " in text
    for name in ("summary.md", "paper.md"):
        text = (tables / name).read_text()
        assert "WARNING: ResNet-18 has a top-1 of 0.0 %, near chance (0.1 %)" in text
        assert "ResNet-18: 5 images, top-1 0.0 %, layer" in text
        assert "random weights" in text


def test_papers_table(paper):
    tex = Path(paper.folder, "results/test/tables/paper.tex").read_text()
    assert tex.count("\\midrule") == 2  # below the headings, and between two networks
    for heading in ("AD", "AI", "Del.", "Ins.", "Coh.", "Cplx.", "ADCC"):
        assert f"& {heading} $\\" in tex
    assert "Gain" not in tex
    assert "\\textbf" in tex
    assert "\\underline" in tex


def test_a_missing_image_is_refused(paper):
    paper.config["dataset"]["images"] = 6
    refused = paper.run(check=False)
    paper.config["dataset"]["images"] = 5
    assert refused.returncode == 1
    line = f"config: dataset: {paper.config['dataset']['path']} holds 5 images, not 6; set dataset.images to null"
    assert line in refused.stderr


@pytest.mark.slow
def test_all_six_networks(tmp_path):
    """Random weights, inputs of 64 pixels: Score-CAM forwards each of 2,048 channels."""
    small = {"weights": None, "preprocessing": {"resize": 64, "crop": 64}}
    project = make_paper(tmp_path, dict.fromkeys(NETWORKS, small), 4)
    project.run()
    rows = published(project)
    assert {(row["source"], row["verdict"]) for row in rows} == {
        ("poppi2021", "no verdict"),
        ("byun2024", "not run"),
    }
    assert len(rows) == 30 * 7
    assert all(np.isfinite(float(row["ours"])) for row in rows if row["source"] == "poppi2021")


@pytest.mark.slow
def test_fifty_thousand_images_are_planned_in_a_minute(tmp_path):
    project = make_paper(tmp_path, {name: {"weights": None} for name in NETWORKS}, 4)
    folder = Path(project.config["dataset"]["path"])
    image = next(folder.iterdir()).read_bytes()
    for number in range(50_000):
        (folder / f"ILSVRC2012_val_{number + 1:08d}.JPEG").write_bytes(image)
    truth = "\n".join(str(number % 1000 + 1) for number in range(50_000))
    (folder.parent / "ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt").write_text(truth)
    project.config["dataset"]["images"] = 50_000
    project.run("--until", "manifest", "networks")
    start = time.perf_counter()
    planned = project.planned()
    seconds = time.perf_counter() - start
    print(f"{sum(planned.values())} jobs planned in {seconds:.0f} s")
    # Four methods in jobs of 5,000 images; Score-CAM in jobs of 500, 2,500, 250, 250, 250 and 100.
    assert planned["saliency"] == 6 * 4 * 10 + 100 + 20 + 200 + 200 + 200 + 500
