"""Means, intervals and both aggregations of ADCC; the table in every format."""

import numpy as np
import polars as pl
import pytest
from scipy import stats

from cambench import bootstrap, formats, tables
from cambench.definitions import COLUMNS

BOOTSTRAP = {"resamples": 400, "confidence": 0.95, "seed": 0}
MODELS, METHODS = {"net": "Net_1"}, {"b": "B & Co", "a": "A"}
FACTS = {
    "rejected": 1,
    "target": "predicted",
    "precision": "float32",
    "masking": {"space": "normalised", "order": "scale_then_upsample"},
    "bootstrap": BOOTSTRAP,
}


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    parts = []
    for method in ("a", "b"):
        values = {name: rng.random(30) for name in COLUMNS}
        flags = {"degenerate": np.arange(30) < 2, "nonfinite": np.arange(30) > 28}
        labels = {"label": np.arange(30), "predicted": np.where(np.arange(30) < 15, np.arange(30), 0)}
        parts.append(
            pl.DataFrame({"model": "net", "method": method, "image": np.arange(30), **labels, **values, **flags})
        )
    return pl.concat(parts)


@pytest.fixture(scope="module")
def summary(frame):
    return tables.summarise(frame, list(MODELS), list(METHODS), BOOTSTRAP)


def test_means_and_counts(frame, summary):
    assert summary["method"].to_list() == ["b", "a"]  # the config's order
    row = summary.row(1, named=True)
    a = frame.filter(pl.col("method") == "a")
    assert row["average_drop"] == pytest.approx(a["average_drop"].mean())
    assert row["adcc_per_image"] == pytest.approx(a["adcc"].mean())
    parts = [a["coherency"].mean(), 1 - a["complexity"].mean(), 1 - a["average_drop"].mean()]
    assert row["adcc"] == pytest.approx(stats.hmean(parts))
    assert (row["images"], row["degenerate"], row["nonfinite"], row["top1"]) == (30, 2, 1, 0.5)


def test_intervals_are_those_of_scipy(frame, summary):
    values = frame.filter(pl.col("method") == "a")["coherency"].to_numpy()
    expected = stats.bootstrap((values,), np.mean, n_resamples=4000, method="percentile", rng=0).confidence_interval
    row = summary.row(1, named=True)
    assert row["coherency_low"] == pytest.approx(expected.low, abs=0.02)
    assert row["coherency_high"] == pytest.approx(expected.high, abs=0.02)


def test_resamples_are_paired_and_seeded():
    values = np.random.default_rng(0).random((50, 1))
    means = bootstrap.resampled_means(np.hstack([values, values + 1]), 100, seed=3)
    np.testing.assert_allclose(means[:, 1] - means[:, 0], 1)
    np.testing.assert_array_equal(means, bootstrap.resampled_means(np.hstack([values, values + 1]), 100, seed=3))
    assert not np.array_equal(means[:, :1], bootstrap.resampled_means(values, 100, seed=4))


def test_formats(summary):
    text = formats.caption(summary, MODELS, FACTS)
    assert "Net_1: 30 images, top-1 50.0 %" in text
    assert "1 file rejected" in text
    found = formats.render(summary, MODELS, METHODS, text)
    best = max(100 * summary["adcc"])
    assert f"**{best:.2f}**" in found["md"]
    assert f"\\bfseries {best:.2f}" in found["tex"]
    assert "B \\& Co" in found["tex"]
    assert "Net\\_1" in found["tex"]
    assert "Coherency $\\uparrow$" in found["tex"]
    assert "Average Drop ↓" in found["html"]
    assert found["html"].count("<tr>") == 2 + 2  # the headings and two methods
    assert "font-weight: bold" in found["html"]
