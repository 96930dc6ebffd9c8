"""The preset that compares three trained networks, each at its own input size."""

import json

import polars as pl
import pytest
from projects import ROOT, make_project

SIZES = {"efficientnet-lite0": (224, 7), "efficientnet-lite1": (240, 8), "efficientnet-lite2": (260, 9)}
LEFT_OUT = ("gradcampp", "hirescam", "layercam", "reciprocam", "random", "fakecam")


@pytest.fixture(scope="module")
def lite(tmp_path_factory):
    """The table of two of its methods, without curves."""
    project = make_project(tmp_path_factory.mktemp("lite") / "lite", range(0))
    project.presets = [project.repo / "config/lite.yaml"]
    project.config = {"run": "lite", "methods": dict.fromkeys(LEFT_OUT), "curves": {"enabled": False}}
    project.run("results/lite/tables/summary.parquet")
    return project


@pytest.mark.long
def test_the_networks_know_the_photographs(lite):
    table = pl.read_parquet(lite.results / "tables/summary.parquet")
    assert table.group_by("network").len().sort("network").rows() == [(name, 2) for name in SIZES]
    assert (table["images"] == 20).all()
    assert (table["top1"] >= 0.7).all()
    for name, (side, cells) in SIZES.items():
        facts = json.loads((lite.results / f"networks/{name}.json").read_text())
        assert (facts["input"], facts["map"]) == ([side] * 2, [cells] * 2)


@pytest.mark.long
def test_the_numbers_are_those_of_the_documentation(lite):
    """Other processors round in another way, which moves the mean of twenty images by less than a point."""
    table = pl.read_parquet(lite.results / "tables/summary.parquet")
    page = (ROOT / "config/README.md").read_text().splitlines()
    for title, method in (("Grad-CAM", "gradcam"), ("Centre", "centre")):
        line = next(line for line in page if line.startswith(f"| {title} | ") and line.count("|") == 5)
        shown = [float(cell) for cell in line.strip("| ").split(" | ")[1:]]
        found = [100 * table.filter(network=name, method=method)["adcc"][0] for name in SIZES]
        assert found == pytest.approx(shown, abs=1)
