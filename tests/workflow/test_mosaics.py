"""The grid pointing game of a trained network, from photographs to the table."""

import polars as pl
import pytest
from projects import make_project

from cambench.command import _main

LEFT_OUT = ("gradcampp", "smoothgradcampp", "hirescam", "layercam", "reciprocam", "scorecam", "fakecam", "centre")


@pytest.mark.long
def test_maps_of_a_trained_network_lie_in_the_cell_of_their_class(tmp_path, monkeypatch):
    """EfficientNet-Lite0 is sure of fifteen of the twenty photographs of the demo, if half a probability is enough."""
    project = make_project(tmp_path / "demo", range(0))
    project.presets = [project.repo / "config/config.yaml"]
    asked = {"methods": dict.fromkeys(LEFT_OUT), "dataset": {"glob": "imagenet_*.jpg"}, "curves": {"enabled": False}}
    project.config = {"run": "demo", **asked}
    project.run()
    monkeypatch.chdir(project.folder)
    _main.main(["mosaics", "results/demo", "-o", "mosaics", "--confidence", "0.5", "--mosaics", "3"])
    project.presets, project.config = [project.folder / "mosaics" / "mosaics.yaml"], {"run": "demo-mosaics"}
    project.run("results/demo-mosaics/tables/summary.parquet")
    table = pl.read_parquet(project.results / "tables/summary.parquet")
    found = dict(table.select("method", "grid_pointing_game").iter_rows())
    assert table["images"].to_list() == [12, 12]
    assert found["random"] == pytest.approx(0.25)  # the same map for all four classes of a mosaic
    assert found["gradcam"] > 0.75
    assert (pl.read_parquet(project.results / "metrics.parquet").filter(method="gradcam")["pointing_game"] == 1).all()
