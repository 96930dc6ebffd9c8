"""Ranks by criterion and gains over controls, on tables whose truth is known."""

import math
import statistics

import frames
import polars as pl
import pytest

from cambench.results.judging import Known, gains, ranks_by_criterion


def ranked(ranks, network="net"):
    """Ranks by metric, each a list over the methods a, b, ...; as `compare` makes them."""
    rows = [
        {"network": network, "metric": metric, "method": "abc"[place], "rank": rank}
        for metric, values in ranks.items()
        for place, rank in enumerate(values)
    ]
    return pl.DataFrame(rows, schema_overrides={"rank": pl.Float64})


RANKS = ranked(
    {
        **{"average_drop": [1, 2, 3], "insertion": [3, 2, 1], "deletion": [1, 2.5, 2.5]},
        **{"complexity": [3, 1, 2], "adcc": [3, 2, 1], "adcc_per_image": [2, 3, 1]},
    }
)


def row(table, **which):
    return table.filter(**which).row(0, named=True)


def test_mean_and_spread_of_a_criterion():
    found = ranks_by_criterion(RANKS)
    a = row(found, criterion="faithfulness", method="a")
    assert (a["mean"], a["best"], a["worst"], a["ranks"]) == (pytest.approx(5 / 3), 1, 3, 3)
    assert a["sd"] == pytest.approx(statistics.stdev([1, 3, 1]))
    alone = row(found, criterion="complexity", method="b")
    assert (alone["mean"], alone["sd"], alone["ranks"]) == (1, None, 1)
    assert found["criterion"].unique(maintain_order=True).to_list() == [
        *("faithfulness", "complexity", "several", "overall"),
    ]


def test_the_overall_rank_counts_criteria_alike_and_adcc_not_again():
    overall = row(ranks_by_criterion(RANKS), criterion="overall", method="a")
    assert overall["mean"] == pytest.approx((5 / 3 + 3) / 2)
    assert overall["sd"] == pytest.approx(statistics.stdev([5 / 3, 3]))
    assert overall["ranks"] == 2
    assert row(ranks_by_criterion(RANKS), criterion="several", method="a")["mean"] == 3  # not that per image
    without = RANKS.filter(~pl.col("metric").str.starts_with("adcc"))
    assert (
        ranks_by_criterion(without)
        .filter(criterion="overall")
        .equals(ranks_by_criterion(RANKS).filter(criterion="overall"))
    )


def test_all_networks_together():
    other = ranked({"average_drop": [3, 2, 1], "complexity": [1, 2, 3]}, "other")
    found = ranks_by_criterion(pl.concat([RANKS, other]))
    across = found.filter(pl.col("network").is_null())
    a = row(across, criterion="faithfulness", method="a")
    assert (a["mean"], a["ranks"]) == ((1 + 3 + 1 + 3) / 4, 4)
    assert row(across, criterion="overall", method="a")["mean"] == (2 + 2) / 2
    assert found.filter(network="net").equals(ranks_by_criterion(RANKS))
    assert ranks_by_criterion(RANKS)["network"].null_count() == 0


def test_ranks_that_are_not_known():
    found = ranks_by_criterion(ranked({"insertion": [None, 1, 2], "complexity": [None, 1, 2], "adcc": [None, 2, 1]}))
    for criterion in ("faithfulness", "several", "overall"):
        a = row(found, criterion=criterion, method="a")
        assert (a["mean"], a["sd"], a["best"], a["ranks"]) == (None, None, None, 0)
    half = ranks_by_criterion(ranked({"insertion": [None, 1, 2], "complexity": [2, 1, 3]}))
    assert row(half, criterion="overall", method="a")["mean"] == 2


def test_one_method_and_one_metric():
    found = ranks_by_criterion(ranked({"insertion": [1]}))
    assert found.select("criterion", "mean", "sd").rows() == [("faithfulness", 1, None), ("overall", 1, None)]
    alone = ranks_by_criterion(ranked({"adcc": [1, 2, 3]}))
    assert set(alone["criterion"]) == {"several"}  # nothing says what it is made of


METHODS = ["good", "fair", "fake", "noise", "noise2", "edges"]
KNOWN = Known(controls=METHODS[2:], random=["noise", "noise2"], edges=["edges"])


def summary(methods=METHODS, **metrics):
    return pl.DataFrame({"network": "net", "method": methods, **metrics})


def gained(table, known=KNOWN):
    """Gains by metric and method: over random, over edges."""
    columns = ("metric", "method", "over_random", "over_edges")
    return {(metric, method): (a, b) for metric, method, a, b in gains(table, known).select(columns).iter_rows()}


def test_gains_in_both_directions():
    values = [0.9, 0.5, 0.99, 0.2, 0.4, 0.6]
    found = gained(summary(insertion=values, average_drop=[1 - value for value in values]))
    for metric in ("insertion", "average_drop"):
        assert found[metric, "good"] == (pytest.approx(1), pytest.approx(1))
        assert found[metric, "fair"] == (pytest.approx((0.5 - 0.3) / (0.9 - 0.3)), pytest.approx(-0.1 / 0.3))
        assert found[metric, "edges"] == (pytest.approx(0.5), pytest.approx(0, abs=1e-12))
        assert found[metric, "fake"][0] == pytest.approx(0.69 / 0.6)  # a control does not say what is best
        assert sum(found[metric, name][0] for name in ("noise", "noise2")) == pytest.approx(0, abs=1e-12)


def test_no_gain_where_no_method_is_better_than_the_control():
    assert set(gained(summary(insertion=[0.3, 0.1, 0.9, 0.3, 0.3, 0.5])).values()) == {(None, None)}
    barely = gained(summary(insertion=[0.3, 0.1, 0.9, 0.3, 0.3, 0.2]))
    assert barely["insertion", "good"] == (None, pytest.approx(1))


def test_gains_that_are_not_known():
    unknown = summary(insertion=[None, 0.5, 0.9, 0.2, 0.4, None])
    found = gained(unknown)
    assert found["insertion", "good"] == (None, None)
    assert found["insertion", "fair"] == (pytest.approx(1), None)
    assert set(gained(unknown, Known()).values()) == {(None, None)}
    assert set(gained(summary(["noise"], insertion=[0.5])).values()) == {(None, None)}
    nothing = gains(summary(insertion=[None] * 6), KNOWN)
    assert nothing.schema["over_random"] == pl.Float64
    assert nothing["over_random"].null_count() == 6


def test_each_network_has_its_own_controls():
    both = pl.concat([frames.levels(), frames.levels(20, "other")])
    table, _ = frames.measured(both, frames.NETWORKS)
    known = Known(["bad"], ["bad"])
    found = gains(table, known)
    for network in frames.NETWORKS:
        assert found.filter(network=network).equals(gains(table.filter(network=network), known))
    good = found.filter(method="good", network="net")
    assert all(math.isclose(value, 1) for value in good["over_random"])
