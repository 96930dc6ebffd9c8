"""Means, intervals and both aggregations of ADCC."""

import frames
import numpy as np
import polars as pl
import pytest
from scipy import stats

from cambench.results.bootstrap import resample
from cambench.results.columns import METRICS
from cambench.results.summary import summarise
from cambench.store import tables


def summarised(frame, networks=("net",), methods=("b", "a")):
    return summarise(frame, resample(frame, networks, methods, frames.BOOTSTRAP))


@pytest.fixture(scope="module")
def frame():
    return frames.random()


@pytest.fixture(scope="module")
def summary(frame):
    return summarised(frame)


def test_means_and_counts(frame, summary):
    assert summary["method"].to_list() == ["b", "a"]  # the config's order
    row = summary.row(1, named=True)
    a = frame.filter(method="a")
    assert row["average_drop"] == pytest.approx(a["average_drop"].mean())
    assert row["adcc_per_image"] == pytest.approx(a["adcc"].mean())
    parts = [a["coherency"].mean(), 1 - a["complexity"].mean(), 1 - a["average_drop"].mean()]
    assert row["adcc"] == pytest.approx(stats.hmean(parts))
    assert (row["images"], row["degenerate"], row["nonfinite"], row["top1"]) == (30, 2, 1, 0.5)
    assert (row["network"], row["passes"], row["ill_conditioned"]) == ("net", 2, 1)


def test_columns(summary):
    counts = ["network", "method", "images", "degenerate", "nonfinite", "ill_conditioned", "top1", "passes"]
    assert summary.columns == [*counts, *(f"{name}{end}" for name in METRICS for end in ("", "_low", "_high", "_se"))]


def test_intervals_are_those_of_scipy(frame, summary):
    values = frame.filter(method="a")["coherency"].to_numpy()
    # Hesterberg's level for 30 images in place of 0.95.
    level = 1 - 2 * stats.norm.cdf(-np.sqrt(30 / 29) * stats.t.ppf(0.975, 29))
    options = {"n_resamples": 4000, "method": "percentile", "confidence_level": level, "rng": 0}
    expected = stats.bootstrap((values,), np.mean, **options).confidence_interval
    row = summary.row(1, named=True)
    assert row["coherency_low"] == pytest.approx(expected.low, abs=0.02)
    assert row["coherency_high"] == pytest.approx(expected.high, abs=0.02)
    assert row["coherency_se"] == pytest.approx(stats.sem(values), rel=0.15)


def test_every_network_has_its_own_rows(frame, summary):
    both = pl.concat([frame, frames.random(images=10, network="other")])
    found = summarised(both, ["other", "net"])
    assert found["network"].to_list() == ["other", "other", "net", "net"]
    assert found["images"].to_list() == [10, 10, 30, 30]
    assert found[2:].equals(summary)


def test_a_table_that_lies_in_a_file_is_read_one_network_at_a_time(tmp_path):
    both = pl.concat([frames.random(), frames.random(images=10, network="other")])
    tables.write(tmp_path / "metrics.parquet", both)
    found = summarised(tables.scan(tmp_path / "metrics.parquet"), ["other", "net"])
    assert found.equals(summarised(both, ["other", "net"]))


def test_metrics_that_are_not_there_are_left_out(frame):
    found = summarised(frames.unknown(frame.drop("deletion", "insertion"), "a", "coherency"))
    assert "deletion" not in found.columns
    assert found["coherency"].is_null().to_list() == [False, True]
    assert found["adcc"].is_null().to_list() == [False, True]


def test_a_class_that_no_probability_stands_behind_is_not_right(frame):
    """Eight of the fifteen images that are classified correctly have no finite probability."""
    broken = pl.when(pl.col("image") < 8).then(np.nan).otherwise("probability")
    assert summarised(frame.with_columns(broken.alias("probability")))["top1"].to_list() == [7 / 30] * 2


def test_of_one_image_there_is_no_interval(frame):
    found = summarised(frame.filter(image=20))
    assert found["images"].to_list() == [1, 1]
    for name in METRICS:
        assert found[f"{name}_low"].to_list() == found[f"{name}_high"].to_list() == [None, None]
        assert found[f"{name}_se"].to_list() == [None, None]
        assert found[name].null_count() == 0


def test_without_labels_there_is_no_top1(frame):
    found = summarised(frame.with_columns(pl.lit(-1).alias("correct")))
    assert found["top1"].to_list() == [None, None]
    assert found["top1"].dtype == pl.Float64
