"""Agreement of images against a published example, Kendall's W and the coincidence matrix; degraded maps in order."""

import frames
import numpy as np
import polars as pl
import pytest
from scipy import stats

from cambench.results.judging import Known
from cambench.results.judging_metrics import agreement, descent, judge, krippendorff

# Four observers and twelve units, Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", section D.
PUBLISHED = """
1 2 3 3 2 1 4 1 2 . . .
1 2 3 3 2 2 4 1 2 5 . 3
. 3 3 3 2 3 4 2 2 5 1 .
1 2 3 3 2 4 4 1 2 5 1 .
"""


def published():
    return np.array(
        [[float(value.replace(".", "nan")) for value in line.split()] for line in PUBLISHED.split("\n")[1:-1]]
    )


def by_coincidences(values):
    """Ordinal alpha as its definition has it: from the matrix of pairs of values within units, pair by pair."""
    levels = sorted({value for value in values.ravel() if np.isfinite(value)})
    pairs = np.zeros((len(levels),) * 2)
    for unit in values.T:
        given = [levels.index(value) for value in unit if np.isfinite(value)]
        for i, a in enumerate(given):
            for j, b in enumerate(given):
                if i != j:
                    pairs[a, b] += 1 / (len(given) - 1)
    count = pairs.sum(1)
    observed = expected = 0.0
    for a in range(len(levels)):
        for b in range(len(levels)):
            low, high = min(a, b), max(a, b)
            distance = (count[low : high + 1].sum() - (count[a] + count[b]) / 2) ** 2
            observed += pairs[a, b] * distance
            expected += count[a] * count[b] * distance / (count.sum() - 1)
    return 1 - observed / expected


def test_the_published_example():
    assert krippendorff(published()) == pytest.approx(0.815, abs=5e-4)
    assert by_coincidences(published()) == pytest.approx(0.815, abs=5e-4)


@pytest.mark.parametrize("seed", range(4))
def test_alpha_is_that_of_the_coincidences(seed):
    rng = np.random.default_rng(seed)
    values = rng.integers(1, 5, (6, 9)) + np.arange(9) / 4 // 1  # ties, and some agreement
    assert krippendorff(values) == pytest.approx(by_coincidences(values))
    holes = np.where(rng.random(values.shape) < 0.3, np.nan, values)
    assert krippendorff(holes) == pytest.approx(by_coincidences(holes))


def test_of_orders_without_ties_it_follows_from_kendalls_w():
    """W is the share of the variance of ranks that lies between methods."""
    rng = np.random.default_rng(0)
    images, methods = 8, 5
    values = rng.random((images, methods)) + np.arange(methods) / 3
    ranks = stats.rankdata(values, axis=1)
    friedman = stats.friedmanchisquare(*ranks.T).statistic
    w = friedman / (images * (methods - 1))
    expected = 1 - (1 - w) * (images * methods - 1) / ((images - 1) * methods)
    assert agreement(values) == pytest.approx(expected)


def test_extremes_of_agreement():
    order = np.arange(5.0)
    assert agreement(np.tile(order, (7, 1)) * np.arange(1, 8)[:, None]) == 1  # the same order of other values
    assert agreement(np.stack([order, -order])) < -0.5
    rng = np.random.default_rng(0)
    assert abs(agreement(rng.random((3000, 6)))) < 0.01


def test_where_there_is_no_agreement_to_speak_of():
    for values in (np.ones((5, 3)), np.array([[1.0, 2.0]]), np.arange(4.0)[:, None], np.zeros((0, 3))):
        assert np.isnan(agreement(values))
    assert np.isnan(krippendorff(np.array([[1.0, np.nan], [np.nan, 2.0]])))


def test_values_that_differ_by_rounding_are_tied():
    values = np.random.default_rng(0).random((9, 4))
    noise = np.random.default_rng(1).normal(0, 1e-14, values.shape)
    tied = np.column_stack([values, values[:, 0]])
    assert agreement(tied + np.column_stack([noise, -noise[:, 0]])) == agreement(tied)


def test_descent_is_spearmans():
    rng = np.random.default_rng(0)
    shares, badness = [0, 0.25, 0.5, 0.5, 1], rng.random(5)
    assert descent(shares, badness) == pytest.approx(stats.spearmanr(shares, badness).statistic)
    assert descent([0, 0.5, 1], [1, 2, 9]) == pytest.approx(1)
    assert descent([0, 0.5, 1], [9, 2, 1]) == pytest.approx(-1)
    assert np.isnan(descent([0, 0.5, 0.5], [1, 2, 3]))
    assert np.isnan(descent([0, 0.5, 1], [2, 2, 2]))
    assert np.isnan(descent([], []))


LADDER = {"good": 0.0, "fair": 0.25, "fair2": 0.25, "bad": 1.0}


def judged(frame, known, networks=("net",), methods=tuple(frames.LEVELS)):
    return judge(frame, frames.measured(frame, networks, methods)[0], known)


def test_metrics_that_see_every_step():
    found = judged(frames.levels(), Known(ladders=[LADDER]))
    assert "adcc_per_image" not in found["metric"].to_list()
    np.testing.assert_allclose(found["spearman"], 1)  # higher and lower better
    assert set(found["ladders"]) == {1}
    assert set(found["methods"]) == {4}
    np.testing.assert_allclose(found["alpha"], 1)  # every image has the same order


def test_alpha_is_about_ranks_on_the_images():
    frame = frames.random(("a", "b", "c"))
    frame = frame.with_columns(pl.col("insertion") + 0.3 * (pl.col("method") == "b"))
    found = judged(frame, Known(), methods=("a", "b", "c")).filter(metric="insertion")
    values = frame.pivot("method", index="image", values="insertion").drop("image").to_numpy()
    assert found["alpha"].item() == pytest.approx(by_coincidences(stats.rankdata(values, axis=1)))
    assert 0.05 < found["alpha"].item() < 0.9


def test_several_ladders_are_averaged_and_short_ones_left_out():
    against = {"bad": 0.0, "fair": 0.5, "good": 1.0}
    found = judged(frames.levels(), Known(ladders=[LADDER, against, {"good": 0.0, "bad": 1.0}]))
    np.testing.assert_allclose(found["spearman"], 0, atol=1e-12)
    assert set(found["ladders"]) == {2}


def test_controls_and_unknown_methods_do_not_count_for_alpha():
    frame = frames.unknown(frames.levels(), "good", "coherency")
    found = judged(frame, Known(controls=["bad"], ladders=[LADDER]))
    assert dict(found.select("metric", "methods").iter_rows()) == {
        name: 2 if name == "coherency" else 3 for name in found["metric"]
    }
    unknown = found.filter(metric="coherency").row(0, named=True)
    assert unknown["alpha"] is None  # both are equal on every image
    assert unknown["spearman"] is None  # two shares are left
    assert found.filter(metric="insertion")["alpha"].item() == pytest.approx(
        agreement(
            np.stack([frame.filter(method=name)["insertion"].to_numpy() for name in ("good", "fair", "fair2")], 1)
        )
    )


@pytest.mark.parametrize(("images", "methods"), [(1, tuple(frames.LEVELS)), (5, ("good",))])
def test_one_image_or_one_method(images, methods):
    frame = frames.levels(images).filter(pl.col("method").is_in(methods))
    found = judged(frame, Known(), methods=methods)
    assert found["alpha"].null_count() == found["spearman"].null_count() == len(found)
    assert found.schema["alpha"] == found.schema["spearman"] == pl.Float64


def test_only_controls():
    assert judged(frames.levels(), Known(controls=list(frames.LEVELS)))["alpha"].null_count() > 0


def test_each_network_has_rows_of_its_own():
    both = pl.concat([frames.levels(20, "other"), frames.levels()])
    found = judged(both, Known(ladders=[LADDER]), ["net", "other"])
    assert found["network"].unique(maintain_order=True).to_list() == ["net", "other"]
    assert found.filter(network="net").equals(judged(frames.levels(), Known(ladders=[LADDER])))
