"""Summaries and comparisons that the figures of this folder are drawn from."""

import frames
import polars as pl
import pytest


@pytest.fixture(scope="session")
def both():
    """Of two networks; by the second, the methods called good and bad have changed places."""
    swapped = pl.col("method").replace({"good": "bad", "bad": "good"})
    other = frames.levels(network="other").with_columns(swapped)
    return frames.measured(pl.concat([frames.levels(), other]), frames.NETWORKS)


@pytest.fixture(scope="session")
def incomplete():
    """Of one network; the best method has no coherency, and so no ADCC."""
    return frames.measured(frames.unknown(frames.levels(), "good", "coherency", "adcc"))


@pytest.fixture
def scored():
    """Per-image scores of two methods on five images, equal but for the flags."""
    frame = frames.random(["good", "bad"], images=5)
    given = {"probability": 0.75, "masked_probability": 0.5, "adcc": 0.625}
    return frame.with_columns(*(pl.lit(value).alias(name) for name, value in given.items()))
