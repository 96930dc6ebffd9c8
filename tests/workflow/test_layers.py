"""Runs in which a network is explained at several layers."""

import polars as pl

from cambench.report.page import read

OF_AN_ENTRY = {"networks": 1, "predictions": 2, "predictions_store": 1, "saliency": 2, "saliency_store": 1}
OF_AN_ENTRY |= {"masked": 2, "masked_store": 1, "metrics": 1}


def test_layers_of_one_network_are_compared(small_project):
    network = small_project.config["networks"]["tiny"]
    network |= {"layers": ["norm", "relu"], "title": "Tiny"}
    small_project.run()
    tables = small_project.results / "tables"
    found, summary = pl.read_csv(tables / "layers.csv"), pl.read_parquet(tables / "summary.parquet")
    assert found.select("network", "method", "layer", "entry").rows() == [
        ("tiny", "gradcam", "norm", "tiny-norm"),
        ("tiny", "gradcam", "relu", "tiny-relu"),
    ]
    assert found["adcc_low"].to_list() == summary["adcc_low"].to_list()
    text = (tables / "layers.md").read_text(encoding="utf-8")
    assert [line.split("|")[1].strip() for line in text.splitlines()[2:4]] == ["Tiny", "Tiny"]
    page = (small_project.results / "report/index.html").read_text(encoding="utf-8")
    assert [layer["layer"] for layer in read(page)["layers"]] == ["norm", "relu"]
    assert small_project.planned() == {}
    assert small_project.run("verify").stdout.splitlines()[-1] == "results/test: no defect"

    network["layers"] = ["relu", "norm"]  # their order decides but how they are shown
    again = small_project.planned()
    assert not set(again) & set(OF_AN_ENTRY)
    assert {"layers", "layer_figure"} <= set(again)

    network["layers"] = ["norm", "up"]
    refused = small_project.run(check=False)
    lines = [line for line in (refused.stdout + refused.stderr).splitlines() if line.startswith("config:")]
    assert lines == ["config: networks.tiny: no layer 'up'; the last that fit are norm, relu"]
    assert refused.returncode == 1

    del network["layers"]
    network["layer"] = "norm"
    assert "layers" not in small_project.planned()


def test_a_layer_more_makes_only_its_own(small_project):
    network = small_project.config["networks"]["tiny"]
    network["layers"] = ["norm"]
    small_project.run("results/test/metrics.parquet")
    network["layers"] = ["norm", "relu"]
    # the rest is planned once the layer's network is described
    assert small_project.planned("results/test/metrics.parquet") == {"networks": 1, "metrics": 1, "collect": 1}
    jobs = {rule: count for rule, count in OF_AN_ENTRY.items() if not rule.endswith("_store")}
    assert small_project.executed("results/test/metrics.parquet") == {**jobs, "collect": 1}


def test_a_network_with_layers_is_taken_away(small_project):
    tiny = small_project.config["networks"]["tiny"]
    small_project.config["networks"]["other"] = {**tiny, "layers": ["norm", "relu"]}
    assert small_project.planned()["networks"] == 3
    planned = small_project.planned("--config", "networks={other: null}")
    assert planned["networks"] == 1
    assert "layers" not in planned
