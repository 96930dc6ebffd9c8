"""Differences, ranks and agreement against scipy and closed forms."""

import numpy as np
import polars as pl
import pytest
from scipy import stats

from cambench import comparison
from cambench.definitions import COLUMNS

BOOTSTRAP = {"resamples": 500, "confidence": 0.95, "seed": 0}
METHODS = ["good", "fair", "fair2", "bad"]


def per_image(images=60, **columns):
    """A per-image table of four methods, of which two are the same."""
    rng, parts = np.random.default_rng(0), []
    noise = rng.normal(0, 0.05, images)
    for method, level in zip(METHODS, (0.8, 0.5, 0.5, 0.2), strict=True):
        values = {
            name: np.clip(level + noise + (method == "bad") * rng.normal(0, 0.05, images), 0, 1) for name in COLUMNS
        }
        for name in ("average_drop", "complexity", "deletion"):
            values[name] = 1 - values[name]
        parts.append(pl.DataFrame({"model": "net", "method": method, "image": np.arange(images), **values, **columns}))
    return pl.concat(parts)


@pytest.fixture(scope="module")
def found():
    return comparison.compare(per_image(), ["net"], METHODS, BOOTSTRAP)


def row(table, **which):
    return table.filter(**which).row(0, named=True)


def test_differences_are_paired(found):
    pairwise, frame = found["pairwise"], per_image()
    assert len(pairwise) == 6 * (len(COLUMNS) + 1)
    same = row(pairwise, metric="coherency", method_a="fair", method_b="fair2")
    assert (same["difference"], same["low"], same["high"], same["p"], same["p_holm"]) == (0, 0, 0, 1, 1)
    # The noise that both share does not widen the interval of their difference.
    constant = row(pairwise, metric="coherency", method_a="good", method_b="fair")
    assert constant["high"] - constant["low"] < 1e-9
    assert constant["difference"] == pytest.approx(0.3)
    a, b = (frame.filter(method=name)["coherency"].to_numpy() for name in ("fair", "bad"))
    t = row(pairwise, metric="coherency", method_a="fair", method_b="bad")
    assert t["difference"] == pytest.approx((a - b).mean())
    expected = stats.ttest_rel(a, b).confidence_interval()
    assert (t["low"], t["high"]) == (pytest.approx(expected.low, abs=0.003), pytest.approx(expected.high, abs=0.003))


def test_p_values_are_those_of_the_paired_t_test():
    rng = np.random.default_rng(1)
    frame = per_image().with_columns(pl.col("insertion") * 0 + pl.Series(rng.normal(0.5, 0.1, 240)))
    table = comparison.compare(frame, ["net"], METHODS, {**BOOTSTRAP, "resamples": 20_000})["pairwise"]
    for a, b in (("good", "fair"), ("fair", "bad")):
        x, y = (frame.filter(method=name)["insertion"].to_numpy() for name in (a, b))
        found = row(table, metric="insertion", method_a=a, method_b=b)["p"]
        assert found == pytest.approx(stats.ttest_rel(x, y).pvalue, rel=0.1)


def test_holms_example():
    """p sorted .01 .02 .03 .04: times 4, 3, 2, 1 and never falling."""
    np.testing.assert_allclose(comparison.holm(np.array([0.03, 0.01, 0.04, 0.02])), [0.06, 0.04, 0.06, 0.06])
    np.testing.assert_allclose(comparison.holm(np.array([0.9, 0.8])), [1, 1])


def test_ranks(found):
    ranks = found["ranks"]
    for metric in ("coherency", "average_drop", "adcc"):  # higher and lower better
        assert [row(ranks, metric=metric, method=name)["rank"] for name in METHODS] == [1, 2.5, 2.5, 4]
        assert [row(ranks, metric=metric, method=name)["first"] for name in METHODS] == [1, 0, 0, 0]
    sums = ranks.group_by("metric").agg(pl.col("first").sum())["first"]
    np.testing.assert_allclose(sums, 1)


def test_kendall_is_scipys():
    rng = np.random.default_rng(2)
    frame = per_image()
    shuffled = [pl.Series(name, rng.random(4).repeat(60)) for name in ("deletion", "insertion", "coherency")]
    frame = frame.with_columns(shuffled)
    found = comparison.compare(frame, ["net"], METHODS, BOOTSTRAP)["kendall"]
    means = {name: [frame.filter(method=method)[name].mean() for method in METHODS] for name in COLUMNS}
    for a, b, sign in (("deletion", "insertion", -1), ("insertion", "coherency", 1)):
        expected = sign * stats.kendalltau(means[a], means[b]).statistic
        assert row(found, metric=a, other=b)["tau"] == pytest.approx(expected)


@pytest.mark.parametrize("methods", [["good"], METHODS])
def test_values_that_are_not_known(methods):
    """A method of precomputed maps may have no coherency: it is left out of that metric, and the rest stands."""
    frame = per_image().filter(pl.col("method").is_in(methods))
    gone = pl.when(pl.col("method") == "good").then(np.nan)
    frame = frame.with_columns([gone.otherwise(pl.col(name)).alias(name) for name in ("coherency", "adcc")])
    found = comparison.compare(frame, ["net"], methods, BOOTSTRAP)
    assert row(found["ranks"], metric="coherency", method="good")["rank"] is None
    assert row(found["ranks"], metric="insertion", method="good")["rank"] == 1
    if len(methods) > 1:
        assert row(found["pairwise"], metric="adcc", method_a="good", method_b="bad")["p_holm"] is None
        assert row(found["pairwise"], metric="adcc", method_a="fair", method_b="bad")["p_holm"] < 1e-6
        assert row(found["ranks"], metric="coherency", method="fair")["rank"] == 1.5
        assert row(found["kendall"], metric="insertion", other="complexity")["tau"] == pytest.approx(1)
