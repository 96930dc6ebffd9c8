"""Means, intervals and both aggregations of ADCC; the table in every format."""

import numpy as np
import polars as pl
import pytest
from scipy import stats

from cambench import bootstrap, captions, tables, views
from cambench.definitions import COLUMNS

BOOTSTRAP = {"resamples": 400, "confidence": 0.95, "seed": 0}
MODELS, METHODS = {"net": "Net_1"}, {"b": "B & Co", "a": "A"}
FACTS = {
    "rejected": 1,
    "target": "predicted",
    "precision": "float32",
    "effect": {},
    "masking": {"space": "normalised", "order": "scale_then_upsample"},
    "bootstrap": BOOTSTRAP,
    "curves": {"pixels_per_step": 224},
}
NETWORKS = {"net": {"classes": 1000}}


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    parts = []
    for method in ("a", "b"):
        values = {name: rng.random(30) for name in COLUMNS}
        flags = {"saliency_passes": 2, "degenerate": np.arange(30) < 2, "nonfinite": np.arange(30) > 28}
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


def test_formats(frame, summary):
    text = captions.caption(frame, MODELS, NETWORKS, FACTS)
    assert "Net_1: 30 images, top-1 50.0 %" in text
    assert "1 file rejected" in text
    assert "224 pixels a step" in text
    assert "WARNING" not in text
    moved = captions.caption(
        frame, MODELS, NETWORKS, {**FACTS, "precision": "bfloat16", "effect": {"average_drop": 0.123}}
    )
    assert "On the demo bfloat16 moved a method's mean by at most (points): average drop 0.12." in moved
    found = views.summary(summary, MODELS, METHODS, text)
    best = max(100 * summary["adcc"])
    assert f"**{best:.2f}**" in found["md"]
    assert f"\\textbf{{{best:.2f}}}" in found["tex"]
    assert "B \\& Co" in found["tex"]
    assert "Net\\_1" in found["tex"]
    assert "Coherency $\\uparrow$" in found["tex"]
    assert "Average Drop ↓" in found["html"]
    assert found["html"].count("<tr>") == 2 + 2  # the headings and two methods
    assert "font-weight: bold" in found["html"]


def test_the_second_best_is_underlined_in_the_papers_table(summary):
    found = views.paper(summary, MODELS, METHODS, "text")
    worse = min(100 * summary["adcc"])
    assert f"\\underline{{{worse:.2f}}}" in found["tex"]
    assert f"<u>{worse:.2f}</u>" in found["md"]
    assert "text-decoration: underline" in found["html"]
    assert "Gain" not in found["md"]


@pytest.mark.parametrize(
    ("predicted", "said"),
    [
        (lambda label: label + 1, "predicts the label +1 for 100.0 % of the images and the label itself for 0.0 %"),
        (lambda label: label * 0 + 999, "top-1 of 0.0 %, near chance (0.1 %)"),
    ],
)
def test_labels_that_look_wrong_are_said_in_the_caption(frame, predicted, said):
    wrong = frame.with_columns(predicted(pl.col("label")).alias("predicted"))
    assert said in captions.caption(wrong, MODELS, NETWORKS, FACTS)


def test_unlabelled_images_are_no_reason_to_warn(frame):
    assert captions.warnings(frame.with_columns(pl.lit(-1).alias("label")), MODELS, NETWORKS) == []


def test_metrics_that_are_not_there_are_left_out(frame):
    bare = frame.drop("deletion", "insertion").with_columns(
        pl.when(pl.col("method") == "a").then(np.nan).otherwise(pl.col("coherency")).alias("coherency")
    )
    summary = tables.summarise(bare, list(MODELS), list(METHODS), BOOTSTRAP)
    assert "deletion" not in summary.columns
    assert summary["coherency"].is_null().to_list() == [False, True]
    assert summary["adcc"].is_null().to_list() == [False, True]
    shown = views.summary(summary, MODELS, METHODS, "text")["md"]
    assert "Insertion" not in shown
    assert "–" in shown.splitlines()[3]
