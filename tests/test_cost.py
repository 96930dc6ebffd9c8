"""Costs from passes and from Snakemake's own measurements; an estimate's arithmetic, and calibration on a network."""

import numpy as np
import polars as pl
import pytest
from conftest import COMPUTE, PREPROCESSING, settings

from cambench import calibration, cost, curves, estimate, networks

SIZES = {"gc": {"images": 10, "predictions": 10, "saliency": 4, "masked": 4, "curves": 10}}
CURVES = {
    "pixels_per_step": 256,
    "deletion": {"start": "image", "end": "zero"},
    "insertion": {"start": "blur", "end": "image"},
}


def benchmark(path, seconds, memory):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"s\th:m:s\tmax_rss\n{seconds}\t0:00:01\t{memory}\n")


def test_cost(tmp_path):
    passes = {"saliency_passes": [1] * 5 + [2] * 5, "masked_passes": 3}
    frame = pl.DataFrame({"model": "net", "method": "gc", "image": range(10), **passes})
    for shard, memory in enumerate(["100.5", "-", "300", "900"]):  # the fourth is of an earlier run with more shards
        benchmark(tmp_path / "saliency/net/gc" / f"{shard}.tsv", 2, memory)
    benchmark(tmp_path / "masked/net/gc/0.tsv", 4, "10")
    table = cost.measure(frame, tmp_path, {"net": {"operations": 50, "peak": 1000}}, SIZES)
    assert table["stage"].to_list() == ["saliency", "masked"]
    first, second = table.rows(named=True)
    assert (first["jobs"], first["passes"], first["seconds"], first["peak_memory"]) == (3, 1.5, 0.6, 300)
    assert (first["operations"], first["share"]) == (75, 75 / (0.6 * 1000))
    assert second["seconds"] is None  # two of its three jobs were measured by nobody


def test_calibration_counts_the_passes_that_a_run_makes():
    block = settings(factory="tiny:Tiny", preprocessing=PREPROCESSING)
    methods = {"sc": {"method": "scorecam", "settings": {}}, "gc": {"method": "gradcam", "settings": {}}}
    run = {"compute": COMPUTE, "masking": {"order": "scale_then_upsample", "space": "normalised"}, "curves": CURVES}
    found = calibration.measure("tiny", block, methods, run, 1)
    assert found["predictions"][1] == found["methods"]["gc"]["saliency"][1] == 1
    assert found["methods"]["sc"]["saliency"][1] == 5
    assert found["curves"][1] == 2 * 4 - 1
    assert min(found["curves"][0], found["methods"]["gc"]["masked"][0], found["open"]) > 0


def test_long_lists_are_cut_and_their_time_is_counted(monkeypatch):
    """200 inputs in batches of 8: two batches are forwarded, and 25 are counted."""
    probe = networks.open_probe("tiny", settings(factory="tiny:Tiny", preprocessing=PREPROCESSING), COMPUTE)
    probe.replace_batches(calibration._Sampled)
    forwarded = []
    probe.network.stem.register_forward_hook(lambda module, args, output: forwarded.append(len(output)))
    pixels, zeros = np.zeros((1, 32, 32, 3), np.uint8), np.zeros(1, np.int64)
    raw = np.random.default_rng(0).random((1, 8, 8)).astype(np.float32)
    fine = {**CURVES, "pixels_per_step": 8}
    clock = iter(np.arange(0, 100, 1.0))
    monkeypatch.setattr(calibration.time, "perf_counter", lambda: next(clock))
    seconds, passes = calibration._timed(
        probe,
        1,
        lambda: curves.draw(probe, raw, pixels, zeros, zeros.astype(np.float32), 1, True, "scale_then_upsample", fine),
    )
    assert passes == 2 * 128 - 1
    assert forwarded == [1, 8, 8] * 2
    # A second on the clock for the two batches, and for the other 255 - 16 inputs at their speed; three for it all.
    assert seconds == pytest.approx(3 + 255 / 16 - 1)


def test_estimate_adds_up():
    model = {
        "input": (32, 32), "map": (8, 8), "open": 1.0, "device": "cpu", "predictions": (0.1, 1), "curves": (0.7, 7),
        "methods": {"gc": {"saliency": (0.2, 1), "masked": (0.3, 1)}},
    }  # fmt: skip
    run = {"sizes": SIZES, "light": 0.5, "heavy": 2.0, "decode": 0.01, "curves": CURVES, "given": {}}
    table = estimate.estimate(10, {"net": model}, {"gc": {"resolution": "layer"}}, run)
    rows = {row["stage"]: row for row in table.iter_rows(named=True)}
    assert rows["saliency"]["jobs"] == 3 + 1
    assert rows["saliency"]["passes"] == 10
    assert rows["saliency"]["hours"] * 3600 == pytest.approx(3 * (2 + 1) + 0.5 + 10 * 0.2)
    assert rows["curves"]["passes"] == 70
    assert rows["curves"]["bytes"] == 10 * (2 * 5 * 4 + 4)
    faster = estimate.estimate(10, {"net": model}, {"gc": {"resolution": "layer"}}, {**run, "given": {"net": 100}})
    row = {row["stage"]: row for row in faster.iter_rows(named=True)}["saliency"]
    assert row["hours"] * 3600 == pytest.approx(3 * (2 + 1) + 0.5 + 10 * 0.02)  # ten times as fast as measured
    shown = estimate.text(table, 2, estimate.assumptions(10, {"net": model}, run))
    assert "total" in shown
    assert "net: 10 (measured on cpu) forward passes a second" in shown
