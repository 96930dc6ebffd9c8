"""Resampled means against draws written out, and the record that summary and comparison are made from."""

import frames
import numpy as np
import polars as pl
import pytest

from cambench.results.bootstrap import interval, resample, resampled_means
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


def test_interval():
    low, high = interval(np.arange(101.0)[:, None] * [1, 2], 0.9)
    np.testing.assert_allclose([low, high], [[5, 10], [95, 190]])


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
