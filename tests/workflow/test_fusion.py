"""Runs in which a method fuses the maps of several layers."""

import numpy as np
import polars as pl
import zarr

import cambench

LAYERS = ["norm", "relu"]


def test_a_label_that_fuses_layers(small_project, monkeypatch):
    """Beside one that does not: maps of the input's size, a pass for each layer, and the numbers of `evaluate`."""
    fused = {"cam": "layercam", "settings": {"layers": LAYERS, "fuse": "max"}}
    small_project.config["methods"] |= {"fused": fused}
    small_project.run()
    results = small_project.results
    raw = {label: zarr.open_group(results / f"saliency/tiny/{label}.zarr")["raw"] for label in ("fused", "gradcam")}
    assert raw["fused"].shape == (6, 32, 32)
    assert raw["gradcam"].shape == (6, 8, 8)
    assert np.all((raw["fused"][:] >= 0) & (raw["fused"][:] <= 1))
    table = pl.read_parquet(results / "metrics.parquet").filter(method="fused")
    assert table["saliency_passes"].to_list() == table["masked_passes"].to_list() == [2] * 6
    cost = pl.read_csv(results / "tables/cost.csv").filter(pl.col("method") == "fused")
    assert cost.select("stage", "passes").rows() == [("saliency", 2.0), ("masked", 2.0)]
    assert small_project.planned() == {}
    assert small_project.run("verify").stdout.splitlines()[-1] == "results/test: no defect"

    monkeypatch.chdir(small_project.folder)
    run = cambench.open_run(results)
    paths, labels = ([of[row] for row in range(4)] for of in (run.manifest["path"], run.manifest["label"]))
    options = {"labels": np.array(labels), "curves": run.config["curves"], "name": "tiny", "progress": False}
    block = run.config["networks"]["tiny"]
    found = cambench.evaluate(block, [f"photos/{path}" for path in paths], {"fused": fused}, **options)
    assert found.equals(table.select(found.columns)[:4])


def test_what_does_not_fit_is_said_before_anything_runs(small_project):
    settings = {"layers": [*LAYERS, "up"]}
    small_project.config["methods"] = {"fused": {"cam": "layercam", "settings": settings}}
    line = "config: methods.fused: cannot explain tiny: no layer 'up' that fits; the last that do are norm, relu"
    assert refused(small_project) == [line]
    settings["layers"] = ["relu"]
    assert refused(small_project) == [
        "config: methods.fused: layercam: layers must name at least two layers, not ['relu']"
    ]
    settings["layers"] = [1, 2]
    assert refused(small_project) == [
        "config: methods.fused: layercam: layers must be a list of paths of layers, not [1, 2]"
    ]


def refused(project):
    done = project.run("-n", check=False)
    assert done.returncode == 1
    return [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("config:")]
