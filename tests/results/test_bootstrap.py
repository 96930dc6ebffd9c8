"""Resampled means against draws written out, and the record that summary and comparison are made from."""

import frames
import numpy as np
import polars as pl
import pytest
from scipy import stats

from cambench.results.bootstrap import interval, resample, resampled_means, standard_error
from cambench.results.columns import COLUMNS


def test_resamples_are_means_over_drawn_images():
    values = np.random.default_rng(0).random((20, 3))
    drawn = np.random.default_rng(5).integers(20, size=(100, 20))
    np.testing.assert_allclose(resampled_means(values, 100, seed=5), values[drawn].mean(1))


def test_resamples_are_paired_and_seeded():
    values = np.random.default_rng(0).random((50, 1))
    means = resampled_means(np.hstack([values, values + 1]), 100, seed=3)
    np.testing.assert_allclose(means[:, 1] - means[:, 0], 1)
    np.testing.assert_array_equal(means, resampled_means(np.hstack([values, values + 1]), 100, seed=3))
    assert not np.array_equal(means[:, :1], resampled_means(values, 100, seed=4))


def test_many_images_are_resampled_in_blocks():
    """Three million images are more than one block holds of two resamples."""
    values = np.arange(3_000_000, dtype=float)[:, None]
    means = resampled_means(values, 2, seed=0)
    assert means.shape == (2, 1)
    assert means[:, 0] == pytest.approx(values.mean(), rel=0.01)
    assert means[0] != means[1]


def test_interval_of_many_images_is_of_percentiles():
    low, high = interval(np.arange(101.0)[:, None] * [1, 2], 0.9, 1_000_000)
    np.testing.assert_allclose([low, high], [[5, 10], [95, 190]], atol=1e-3)


@pytest.mark.parametrize(("images", "tail"), [(5, 0.00096), (10, 0.00856), (20, 0.01588), (100, 0.02306)])
def test_interval_of_few_images_is_wider(images, tail):
    """Tails of Phi(-sqrt(n / (n - 1)) t), Student's quantiles from his table; those of 5, 10, 20 as in Hesterberg's."""
    low, high = interval(np.linspace(0, 1, 100_001), 0.95, images)
    assert low == pytest.approx(tail, abs=1e-5)
    assert high == pytest.approx(1 - tail, abs=1e-5)


@pytest.mark.parametrize(("images", "plain", "expanded"), [(5, 0.83, 0.91), (10, 0.90, 0.94), (40, 0.94, 0.95)])
def test_coverage_of_intervals(images, plain, expanded):
    """Means of normal numbers: how often plain and expanded percentiles contain the truth."""
    samples = resampled_means(np.random.default_rng(0).normal(size=(images, 2000)), 1000, seed=1)
    for (low, high), share in (
        (interval(samples, 0.95, images), expanded),
        (np.quantile(samples, [0.025, 0.975], axis=0), plain),
    ):
        assert ((low < 0) & (high > 0)).mean() == pytest.approx(share, abs=0.015)


def test_standard_errors_are_those_of_means():
    values = np.random.default_rng(0).normal(size=(6, 3))
    found = standard_error(resampled_means(values, 200_000, seed=0), 6)
    np.testing.assert_allclose(found, stats.sem(values), rtol=0.01)


def test_one_image_has_no_interval_and_no_error():
    samples = np.ones((10, 3))
    for found in (*interval(samples, 0.95, 1), standard_error(samples, 1)):
        assert found.shape == (3,)
        assert np.isnan(found).all()


def test_aggregates_by_network():
    frame = pl.concat([frames.random(network="one"), frames.random(images=10, network="two")])
    found = resample(frame, ["two", "one"], ["b", "a"], frames.BOOTSTRAP)
    assert list(found) == ["two", "one"]
    assert [found[name].images for name in found] == [10, 30]
    one = found["one"]
    assert (one.methods, one.confidence) == (("b", "a"), 0.95)
    assert set(one.means) == set(one.samples) == {*COLUMNS, "adcc_per_image"}
    own = frame.filter(network="one", method="a")
    assert one.means["coherency"][1] == pytest.approx(own["coherency"].mean())
    assert one.means["adcc_per_image"][1] == pytest.approx(own["adcc"].mean())
    assert {value.shape for value in one.samples.values()} == {(400, 2)}
    alone = resample(frame, ["one"], ["b", "a"], frames.BOOTSTRAP)["one"]
    np.testing.assert_array_equal(alone.samples["adcc"], one.samples["adcc"])  # whatever networks stand beside it


def test_the_order_of_the_rows_does_not_matter():
    frame = frames.random()
    shuffled = frame.sample(fraction=1, shuffle=True, seed=1)
    first, second = (resample(table, ["net"], ["a", "b"], frames.BOOTSTRAP)["net"] for table in (frame, shuffled))
    np.testing.assert_array_equal(first.samples["deletion"], second.samples["deletion"])


def test_adcc_is_that_of_the_means():
    found = resample(frames.random(), ["net"], ["a", "b"], frames.BOOTSTRAP)["net"]
    for means in (found.means, found.samples):
        terms = [means["coherency"], 1 - means["complexity"], 1 - means["average_drop"]]
        np.testing.assert_allclose(means["adcc"], 3 / sum(1 / term for term in terms))
