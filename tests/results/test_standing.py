"""Who leads, what is real and who beats the controls, on tables whose truth is known."""

import frames
import numpy as np
import pages
import polars as pl
import pytest

from cambench.results import standing
from cambench.results.bootstrap import Bootstrap, resample
from cambench.results.columns import COLUMNS
from cambench.results.comparison import compare
from cambench.results.summary import summarise


def standing_of(frame, controls=(), metric="adcc", methods=None, bootstrap=frames.BOOTSTRAP):
    networks = frame["network"].unique(maintain_order=True).to_list()
    methods = methods or frame["method"].unique(maintain_order=True).to_list()
    resampled = resample(frame, networks, methods, bootstrap)
    summary, pairwise = summarise(frame, resampled), compare(resampled).pairwise
    return standing.standings(summary, pairwise, controls, metric, bootstrap.confidence)


def test_a_clear_order():
    """Good is above the two equal ones, and these above bad; one pair of six is equal."""
    (found,) = standing_of(frames.levels())
    assert found.ranked == ("good", "fair", "fair2", "bad")
    assert found.level == ("good",)
    assert (found.real, found.pairs) == (5, 6)
    assert found.best_control is None
    assert found.beating == found.losing == ()


@pytest.mark.parametrize("metric", ["average_drop", "adcc", "deletion", "insertion"])
def test_directions(metric):
    (found,) = standing_of(frames.levels(), metric=metric)
    assert found.ranked == ("good", "fair", "fair2", "bad")


def test_equal_methods_share_the_lead():
    (found,) = standing_of(frames.levels().filter(pl.col("method") != "good"))
    assert found.ranked == ("fair", "fair2", "bad")
    assert found.level == ("fair", "fair2")


def test_controls_are_ranked_apart():
    """Of the methods good beats the control, bad loses to it, and fair2 is equal to it."""
    (found,) = standing_of(frames.levels(), controls=["fair"])
    assert found.ranked == ("good", "fair2", "bad")
    assert found.best_control == "fair"
    assert found.beating == ("good",)
    assert found.losing == ("bad",)


def test_a_control_may_be_the_best_of_all():
    (found,) = standing_of(frames.levels(), controls=["good"])
    assert found.level == ("fair", "fair2")
    assert found.beating == ()
    assert found.losing == ("fair", "fair2", "bad")


def test_every_control_has_to_be_beaten():
    (found,) = standing_of(frames.levels(), controls=["good", "bad"])
    assert found.best_control == "good"
    assert found.beating == ()
    assert found.losing == ("fair", "fair2")


def test_one_image_decides_nothing():
    (found,) = standing_of(frames.levels(1))
    assert found.ranked[0] == "good"
    assert not found.tested
    assert (found.real, found.pairs) == (0, 0)


def test_one_method_has_nothing_to_compare_with():
    (found,) = standing_of(frames.levels().filter(method="good"))
    assert found.ranked == ("good",)
    assert not found.tested


def test_a_method_without_the_metric_is_named():
    frame = frames.unknown(frames.levels(), "fair", "coherency", "adcc")
    (found,) = standing_of(frame)
    assert found.unknown == ("fair",)
    assert found.ranked == ("good", "fair2", "bad")
    assert found.pairs == 3


def test_networks_keep_their_order_and_count_their_leaders():
    other = pages.renamed(frames.levels(network="other"), good="bad", bad="good")
    found = standing_of(pl.concat([frames.levels(), other, frames.levels(network="third")]))
    assert [one.network for one in found] == ["net", "other", "third"]
    assert standing.leaders(found) == {"good": 2, "bad": 1}


def test_the_metric_is_adcc_or_the_first_that_is_known():
    summary, _ = frames.measured(frames.levels())
    assert standing.metric_of(summary) == "adcc"
    assert standing.metric_of(summary.select(pl.exclude("^adcc.*$"))) == "average_drop"
    assert standing.metric_of(summary.select("network", "method", "images")) is None


def test_of_equal_methods_few_runs_call_any_difference_real():
    """Holm's correction holds the rate of false claims at 5 %: 10 of 60 runs or more have a chance of 0.1 %."""
    rng, claims = np.random.default_rng(3), 0
    template, quick = frames.random(methods=("a", "b", "c", "d"), images=40), Bootstrap(200, 0.95, 0)
    for _ in range(60):
        values = {name: np.clip(rng.normal(0.5, 0.1, len(template)), 0, 1) for name in COLUMNS}
        (found,) = standing_of(
            template.with_columns(**{n: pl.Series(n, v) for n, v in values.items()}), bootstrap=quick
        )
        claims += found.real > 0
        assert (found.level == found.ranked) or found.real
    assert claims <= 9
