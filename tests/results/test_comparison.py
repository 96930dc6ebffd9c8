"""Differences, ranks and agreement against scipy and closed forms."""

from dataclasses import replace

import frames
import numpy as np
import polars as pl
import pytest
from scipy import stats

from cambench.results.bootstrap import resample
from cambench.results.columns import COLUMNS
from cambench.results.comparison import compare, holm

METHODS = list(frames.LEVELS)
BOOTSTRAP = replace(frames.BOOTSTRAP, resamples=500)


def compared(frame, methods=METHODS, bootstrap=BOOTSTRAP, networks=("net",)):
    return compare(resample(frame, networks, methods, bootstrap))


@pytest.fixture(scope="module")
def found():
    return compared(frames.levels())


def row(table, **which):
    return table.filter(**which).row(0, named=True)


def test_differences_are_paired(found):
    pairwise, frame = found.pairwise, frames.levels()
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
    frame = frames.levels().with_columns(pl.col("insertion") * 0 + pl.Series(rng.normal(0.5, 0.1, 240)))
    table = compared(frame, bootstrap=replace(BOOTSTRAP, resamples=20_000)).pairwise
    for a, b in (("good", "fair"), ("fair", "bad")):
        x, y = (frame.filter(method=name)["insertion"].to_numpy() for name in (a, b))
        p = row(table, metric="insertion", method_a=a, method_b=b)["p"]
        assert p == pytest.approx(stats.ttest_rel(x, y).pvalue, rel=0.1)


def test_p_values_of_few_images_are_those_of_the_paired_t_test():
    rng = np.random.default_rng(1)
    frame = frames.levels(images=5).with_columns(pl.Series("insertion", rng.normal(0.5, 0.1, 20)))
    table = compared(frame, bootstrap=replace(BOOTSTRAP, resamples=20_000)).pairwise
    x, y = (frame.filter(method=name)["insertion"].to_numpy() for name in ("good", "fair"))
    p = row(table, metric="insertion", method_a="good", method_b="fair")["p"]
    assert p == pytest.approx(stats.ttest_rel(x, y).pvalue, rel=0.03)


def test_one_image_tells_nothing_of_others():
    pairwise, ranks, kendall = compared(frames.levels(images=1))
    assert pairwise.select("low", "high", "p", "p_holm").null_count().row(0) == (len(pairwise),) * 4
    assert ranks.select("low", "high", "first").null_count().row(0) == (len(ranks),) * 3
    assert kendall.select("low", "high").null_count().row(0) == (len(kendall),) * 2
    assert pairwise["difference"].null_count() == ranks["rank"].null_count() == kendall["tau"].null_count() == 0


def test_holms_example():
    """p sorted .01 .02 .03 .04: times 4, 3, 2, 1 and never falling."""
    np.testing.assert_allclose(holm(np.array([0.03, 0.01, 0.04, 0.02])), [0.06, 0.04, 0.06, 0.06])
    np.testing.assert_allclose(holm(np.array([0.9, 0.8])), [1, 1])


def test_ranks(found):
    for metric in ("coherency", "average_drop", "adcc"):  # higher and lower better
        assert [row(found.ranks, metric=metric, method=name)["rank"] for name in METHODS] == [1, 2.5, 2.5, 4]
        assert [row(found.ranks, metric=metric, method=name)["first"] for name in METHODS] == [1, 0, 0, 0]
    sums = found.ranks.group_by("metric").agg(pl.col("first").sum())["first"]
    np.testing.assert_allclose(sums, 1)


def test_kendall_is_scipys():
    rng = np.random.default_rng(2)
    frame = frames.levels()
    shuffled = [pl.Series(name, rng.random(4).repeat(60)) for name in ("deletion", "insertion", "coherency")]
    frame = frame.with_columns(shuffled)
    kendall = compared(frame).kendall
    means = {name: [frame.filter(method=method)[name].mean() for method in METHODS] for name in COLUMNS}
    for a, b, sign in (("deletion", "insertion", -1), ("insertion", "coherency", 1)):
        expected = sign * stats.kendalltau(means[a], means[b]).statistic
        assert row(kendall, metric=a, other=b)["tau"] == pytest.approx(expected)


def test_every_network_has_its_own_rows(found):
    both = pl.concat([frames.levels(), frames.levels(images=20, network="other")])
    together = compared(both, networks=["other", "net"])
    for table, alone in zip(together, found, strict=True):
        assert table["network"].unique(maintain_order=True).to_list() == ["other", "net"]
        assert table.filter(network="net").equals(alone)


@pytest.mark.parametrize("methods", [["good"], METHODS])
def test_values_that_are_not_known(methods):
    """A method of precomputed maps may have no coherency: it is left out of that metric, and the rest stands."""
    frame = frames.unknown(frames.levels().filter(pl.col("method").is_in(methods)), "good", "coherency", "adcc")
    found = compared(frame, methods)
    assert row(found.ranks, metric="coherency", method="good")["rank"] is None
    assert row(found.ranks, metric="insertion", method="good")["rank"] == 1
    assert len(found.pairwise) == (0 if len(methods) == 1 else 6 * (len(COLUMNS) + 1))
    if len(methods) > 1:
        assert row(found.pairwise, metric="adcc", method_a="good", method_b="bad")["p_holm"] is None
        assert row(found.pairwise, metric="adcc", method_a="fair", method_b="bad")["p_holm"] < 1e-6
        assert row(found.ranks, metric="coherency", method="fair")["rank"] == 1.5
        assert row(found.kendall, metric="insertion", other="complexity")["tau"] == pytest.approx(1)
