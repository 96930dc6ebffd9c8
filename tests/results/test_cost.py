"""Costs from passes and from Snakemake's own measurements."""

from dataclasses import replace

import polars as pl
import pytest

from cambench.results import cost

SHARDS = {"net gc": {"images": 10, "predictions": 10, "saliency": 4, "masked": 4, "curves": 10}}
NETWORKS = {"net": {"operations": 50, "channels": 4, "map": [7, 7], "prefix": 0, "head_alone": True}}


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
    assert table["stage"].to_list() == ["predictions", "saliency", "masked"]
    _, first, second = table.rows(named=True)
    assert (first["network"], first["method"], first["images"]) == ("net", "gc", 10)
    assert (first["jobs"], first["passes"], first["seconds"], first["peak_memory"]) == (3, 1.5, 0.6, 300)
    assert (first["operations"], first["share"]) == (75, 75 / (0.6 * 1000))
    assert second["seconds"] is None  # two of its three jobs were measured by nobody
    assert second["share"] is None


def test_threads_of_a_job_share_its_time(tmp_path, frame):
    """Three jobs of two seconds, one of them with four threads; the peak is that of two."""
    folder, logs = (tmp_path / name / "saliency/net/gc" for name in ("benchmarks", "logs"))
    logs.mkdir(parents=True)
    for shard in range(3):
        benchmark(folder / f"{shard}.tsv", 2, 100)
    (logs / "1.log").write_text("threads: 4\nsaliency: 100%")
    (logs / "2.log").write_text("saliency: 100%\nthreads: 4\n")  # said by something else
    row = cost.measure(frame, tmp_path / "benchmarks", NETWORKS, SHARDS, 1000, threads=2).row(1, named=True)
    assert (row["seconds"], row["share"]) == (0.6, 10 * 75 / ((2 + 8 + 2) * 500))


def test_a_table_that_lies_in_a_file(tmp_path, frame):
    frame.write_parquet(tmp_path / "metrics.parquet")
    found = cost.measure(pl.scan_parquet(tmp_path / "metrics.parquet"), tmp_path, NETWORKS, SHARDS, None)
    assert found.equals(cost.measure(frame, tmp_path, NETWORKS, SHARDS, None))


def test_operations_are_those_of_the_passes_that_are_made(tmp_path, frame):
    """The clean pass is counted for each method, though all share it; of methods that need none, none is taken away."""
    none = frame.with_columns(method=pl.lit("random"), saliency_passes=pl.lit(0, pl.Int64))
    scored = frame.with_columns(method=pl.lit("sc"), saliency_passes=pl.lit(9, pl.Int64))
    variant = frame.with_columns(method=pl.lit("sc2"), saliency_passes=pl.lit(8, pl.Int64))  # without the black image
    attends = frame.with_columns(method=pl.lit("rollout"), saliency_passes=pl.lit(1, pl.Int64))
    frames = pl.concat([frame, none, scored, variant, attends])
    sizes = {**SHARDS["net gc"], "channel_scores": 2}
    labels = {f"net {name}": sizes for name in ("gc", "random", "sc2", "sc", "rollout")}
    shared = cost.Shared(kept=0.5, scored=["sc2", "sc"], repeating=["rollout"])
    table = cost.measure(frames, tmp_path, NETWORKS, labels, None, shared)
    assert table["method"].to_list()[:2] == [None, None]
    assert table["stage"].to_list()[:2] == ["predictions", "channel_scores"]
    assert table["jobs"].to_list()[:2] == [1, 5]
    assert table["passes"].to_list() == [1, 9, 1.5, 3, 0, 3, 8, 3, 9, 3, 1, 3]
    assert table["operations"].to_list() == [50, 400, 25, 150, 0, 150, 0, 150, 0, 150, 50, 150]
    shared = replace(shared, kept=0)  # activations take a pass of each
    table = cost.measure(frames, tmp_path, NETWORKS, labels, None, shared)
    assert table["operations"].to_list() == [50, 450, 75, 150, 0, 150, 50, 150, 50, 150, 50, 150]


def test_what_serves_all_methods_is_measured_once_for_a_network(tmp_path, frame):
    """Two networks and two methods; the table is the same when it was written and read."""
    frames = pl.concat(
        frame.with_columns(network=pl.lit(name), method=pl.lit(method), saliency_passes=pl.lit(5, pl.Int64))
        for name in ("net", "other")
        for method in ("gc", "sc")
    )
    sizes = {**SHARDS["net gc"], "channel_scores": 5}
    shards = {f"{name} {method}": sizes for name in ("net", "other") for method in ("gc", "sc")}
    benchmark(tmp_path / "predictions/net/0.tsv", 2, "50")
    for shard in range(2):
        benchmark(tmp_path / f"channel_scores/net/{shard}.tsv", 4, "60")
    networks = {"net": NETWORKS["net"], "other": {**NETWORKS["net"], "operations": 70}}
    table = cost.measure(frames, tmp_path, networks, shards, 1000, cost.Shared(0.5, ["sc"]))
    shared = table.filter(pl.col("method").is_null())
    assert shared["network"].to_list() == ["net", "net", "other", "other"]
    first, second, third, _ = shared.rows(named=True)
    assert (first["seconds"], first["operations"], first["share"], first["peak_memory"]) == (0.2, 50, 0.25, 50)
    assert (second["seconds"], second["operations"], second["share"]) == (0.8, 4 * 50, 0.25)
    assert (third["seconds"], third["operations"]) == (None, 70)
    table.write_csv(tmp_path / "cost.csv")
    assert pl.read_csv(tmp_path / "cost.csv").equals(table)


def test_what_is_shared_follows_from_the_configuration():
    blocks = {"gc": {"cam": "gradcam", "settings": {}}, "ro": {"cam": "rollout", "settings": {}}}
    blocks["mine"] = {"cam": "file", "settings": {"path": "maps.npy"}}
    config = {"methods": blocks, "compute": {"share_activations": 0.25}}
    assert cost.Shared.of(config, ["sc"]) == cost.Shared(0.25, ["sc"], ["ro"], ["mine"])


def test_stages_that_a_metric_asks_for(tmp_path, frame):
    """A method that takes no pass has had its jobs, and maps from a file have none where a method runs again."""
    counts = {"perturbations": 217, "complement": 1, "other_class": 1, "sensitivity": 10}
    more = frame.with_columns(pl.lit(count, pl.Int64).alias(f"{name}_passes") for name, count in counts.items())
    none = [pl.lit(0, pl.Int64).alias(f"{name}_passes") for name in ("other_class", "sensitivity")]
    frames = pl.concat([more, *(more.with_columns(*none, method=pl.lit(name)) for name in ("random", "mine"))])
    sizes = {**SHARDS["net gc"], **dict.fromkeys(counts, 5)}
    labels = {f"net {name}": sizes for name in ("gc", "random", "mine")}
    table = cost.measure(frames, tmp_path, NETWORKS, labels, None, cost.Shared(kept=0.5, given=["mine"]))
    found = {(row["method"], row["stage"]): row["passes"] for row in table.iter_rows(named=True)}
    assert found[None, "perturbations"] == 217
    further = ("complement", "other_class", "sensitivity")
    each = {name: [found.get((name, stage)) for stage in further] for name in ("gc", "random", "mine")}
    assert each == {"gc": [1, 1, 10], "random": [1, 0, 0], "mine": [1, None, None]}
    others = table.filter(stage="other_class")
    assert others["operations"].to_list() == [0, 0]  # the clean pass serves any class


def test_nothing_was_measured(tmp_path, frame):
    table = cost.measure(frame, tmp_path, NETWORKS, SHARDS, None)
    assert table.select("seconds", "share", "peak_memory").null_count().row(0) == (3, 3, 3)
    assert table["passes"].to_list() == [1, 1.5, 3]


def test_a_machine_whose_limit_is_not_known(tmp_path, frame):
    benchmark(tmp_path / "saliency/net/gc/0.tsv", 2, "100")
    shards = {"net gc": {**SHARDS["net gc"], "saliency": 10}}
    first = cost.measure(frame, tmp_path, NETWORKS, shards, None).row(1, named=True)
    assert (first["seconds"], first["share"]) == (0.2, None)


def test_every_stage_that_runs_the_network_for_a_method_is_counted(tmp_path, frame):
    table = cost.measure(frame.with_columns(pl.lit(7).alias("curves_passes")), tmp_path, NETWORKS, SHARDS, 1000)
    assert table["stage"].to_list() == ["predictions", "saliency", "masked", "curves"]
    assert table["jobs"].to_list() == [1, 3, 3, 1]
