"""Costs from passes and from Snakemake's own measurements."""

import polars as pl
import pytest

from cambench.results import cost

SHARDS = {"gc": {"images": 10, "predictions": 10, "saliency": 4, "masked": 4, "curves": 10}}
NETWORKS = {"net": {"operations": 50}}


@pytest.fixture
def frame():
    passes = {"saliency_passes": [1] * 5 + [2] * 5, "masked_passes": 3}
    return pl.DataFrame({"network": "net", "method": "gc", "image": range(10), **passes})


def benchmark(path, seconds, memory):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"s\th:m:s\tmax_rss\n{seconds}\t0:00:01\t{memory}\n")


def test_cost(tmp_path, frame):
    for shard, memory in enumerate(["100.5", "-", "300", "900"]):  # the fourth is of an earlier run with more shards
        benchmark(tmp_path / "saliency/net/gc" / f"{shard}.tsv", 2, memory)
    benchmark(tmp_path / "masked/net/gc/0.tsv", 4, "10")
    table = cost.measure(frame, tmp_path, NETWORKS, SHARDS, 1000)
    assert table["stage"].to_list() == ["saliency", "masked"]
    first, second = table.rows(named=True)
    assert (first["network"], first["method"], first["images"]) == ("net", "gc", 10)
    assert (first["jobs"], first["passes"], first["seconds"], first["peak_memory"]) == (3, 1.5, 0.6, 300)
    assert (first["operations"], first["share"]) == (75, 75 / (0.6 * 1000))
    assert second["seconds"] is None  # two of its three jobs were measured by nobody
    assert second["share"] is None


def test_a_table_that_lies_in_a_file(tmp_path, frame):
    frame.write_parquet(tmp_path / "metrics.parquet")
    found = cost.measure(pl.scan_parquet(tmp_path / "metrics.parquet"), tmp_path, NETWORKS, SHARDS, None)
    assert found.equals(cost.measure(frame, tmp_path, NETWORKS, SHARDS, None))


def test_nothing_was_measured(tmp_path, frame):
    table = cost.measure(frame, tmp_path, NETWORKS, SHARDS, None)
    assert table.select("seconds", "share", "peak_memory").null_count().row(0) == (2, 2, 2)
    assert table["passes"].to_list() == [1.5, 3]


def test_a_machine_whose_limit_is_not_known(tmp_path, frame):
    benchmark(tmp_path / "saliency/net/gc/0.tsv", 2, "100")
    shards = {"gc": {**SHARDS["gc"], "saliency": 10}}
    first = cost.measure(frame, tmp_path, NETWORKS, shards, None).row(0, named=True)
    assert (first["seconds"], first["share"]) == (0.2, None)


def test_every_stage_that_runs_the_network_for_a_method_is_counted(tmp_path, frame):
    table = cost.measure(frame.with_columns(pl.lit(7).alias("curves_passes")), tmp_path, NETWORKS, SHARDS, 1000)
    assert table["stage"].to_list() == ["saliency", "masked", "curves"]
    assert table["jobs"].to_list() == [3, 3, 1]
