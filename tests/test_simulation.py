"""Intervals hold the truth as often as they claim, and verdicts are as seldom wrong, in samples of a known set.

The same at full size is `tests/benchmarks/simulated.py`.
"""

import polars as pl
import pytest
import simulation
from scipy import stats

REPETITIONS, SIZES = 50, (100, 400)


@pytest.fixture(scope="module", params=["none", "label"])
def found(request):
    """Sets of 1,000 images of 100 classes."""
    return simulation.simulate(simulation.Population(100, 10), SIZES, request.param, range(REPETITIONS), 300)


def test_intervals_hold_the_truth(found):
    """Each cell as often as 95 % and 50 repetitions allow; stratified samples, whose intervals are wide, may more."""
    least = stats.binom.ppf(1e-4, REPETITIONS, 0.93)  # percentile intervals of skewed values cover a bit less
    held = found.group_by("images", "method", "metric").agg(pl.col("like_these", "whole").sum())
    assert len(held) == len(SIZES) * 12
    assert held["whole"].min() >= least
    assert held["like_these"].min() >= least
    for column in ("like_these", "whole"):
        assert 0.92 < found[column].mean() < 0.99


def test_verdicts_are_seldom_wrong(found):
    """Corrected for twelve cells, at most one run in twenty has a wrong one, as far as 50 repetitions tell."""
    runs = found.group_by("seed", "images").agg((pl.col("right") == "differs").any().alias("wrong"))
    for images in SIZES:
        wrong = runs.filter(images=images)["wrong"].sum()
        assert wrong <= stats.binom.ppf(0.9999, REPETITIONS, 0.05)


def test_a_number_that_is_off_is_found_or_not_decided(found):
    """By 1.5 points, three times what a consistent number may be off by."""
    assert (found["moved"] == "consistent").mean() < 0.01
    assert (found["moved"] == "differs").mean() > 0.5
