"""Which steps of a curve are drawn, and what they count: by going through all draws, and by many seeds."""

import itertools

import numpy as np
import pytest
from scipy.stats import chisquare

from cambench.metrics._contract import area_under
from cambench.points import Points

EVEN, SHORT = (70, 10), (67, 10)  # pixels, and pixels per step: seven steps, of which the last may be a shorter one
SEEDS = np.arange(4000)


def points(pixels, pixels_per_step, drawn="all"):
    return Points.of(pixels, {"pixels_per_step": pixels_per_step, "points": drawn})


def strata(drawn):
    """Steps of each stratum between the ends, told from many draws."""
    return [sorted(set(column.tolist())) for column in drawn.steps(SEEDS).T[1:-1]]


def every_draw(drawn):
    """All draws, which are equally likely, int (draws, points)."""
    last = len(drawn.shares) - 1
    return np.array([(0, *inner, last) for inner in itertools.product(*strata(drawn))])


def test_whole_curves_have_every_step():
    whole = points(*SHORT)
    assert whole.steps(np.arange(2)).tolist() == [list(range(8))] * 2
    assert (whole.count, whole.inner) == (8, 6)
    assert whole.places == list(whole.shares) == [share / 67 for share in (0, 10, 20, 30, 40, 50, 60, 67)]


def test_without_curves_there_are_no_points():
    assert (Points.of(70, None).count, Points.of(70, None).inner, Points.of(70, None).places) == (0, 0, [])


def test_a_curve_of_one_step_has_its_ends():
    assert points(70, 100).shares == (0, 1)
    assert points(70, 100).inner == 0


@pytest.mark.parametrize(("pixels", "pixels_per_step"), [EVEN, SHORT, (50176, 224), (57600, 224)])
@pytest.mark.parametrize("count", [1, 4, 5])
def test_strata_are_runs_of_all_inner_steps_as_equal_as_can_be(pixels, pixels_per_step, count):
    found = points(pixels, pixels_per_step, count)
    cut = strata(found)
    assert list(itertools.chain(*cut)) == list(range(1, found.inner + 1))
    sizes = [len(stratum) for stratum in cut]
    assert max(sizes) - min(sizes) <= 1
    assert len(cut) == count == found.count - 2
    shares = np.array(found.shares)
    np.testing.assert_allclose(found.places, [0, *(shares[stratum].mean() for stratum in cut), 1])


def test_one_step_of_each_stratum_is_drawn_uniformly_and_apart_from_the_others():
    steps = points(50176, 224, 8).steps(SEEDS)
    assert steps.dtype == np.int32
    assert (steps[:, 0] == 0).all()
    assert (steps[:, -1] == 224).all()
    for column in steps.T[1:-1]:
        assert chisquare(np.unique(column, return_counts=True)[1]).pvalue > 1e-4
    apart = np.corrcoef(steps.T[1:-1])[~np.eye(8, dtype=bool)]
    assert np.abs(apart).max() < 4.5 / np.sqrt(len(SEEDS))


def test_steps_are_an_images_own_and_stay_what_they_are():
    drawn = points(50176, 224, 8)
    seeds = np.array([2**60 - 1, 0, 7])
    np.testing.assert_array_equal(drawn.steps(seeds)[1:], drawn.steps(seeds[1:]))
    assert drawn.steps(seeds)[1].tolist() == [0, 4, 51, 81, 94, 118, 166, 183, 223, 224]
    assert len({tuple(row) for row in drawn.steps(SEEDS).tolist()}) == len(SEEDS)


def test_weights():
    """Two strata of three steps; the last inner step has (10 + 7) / 2 pixels, and the end 7 / 2."""
    steps = np.array([[0, 1, 5, 7], [0, 3, 6, 7]])
    found = 67 * points(*SHORT, 2).weights(steps)
    np.testing.assert_allclose(found, [[5, 3 * 10, 3 * 10, 3.5], [5, 3 * 10, 3 * 8.5, 3.5]])
    np.testing.assert_allclose(8 * points(*SHORT, 2).weights(steps, "mean"), [[1, 3, 3, 1]] * 2)


@pytest.mark.parametrize("rule", ["trapezoid", "mean"])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_weights_sum_to_one(rule, count):
    """In each draw; with a shorter last step, on average over the draws."""
    even, short = points(*EVEN, count), points(*SHORT, count)
    np.testing.assert_allclose(even.weights(every_draw(even), rule).sum(1), 1)
    assert short.weights(every_draw(short), rule).sum(1).mean() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("rule", ["trapezoid", "mean"])
@pytest.mark.parametrize("size", [EVEN, SHORT])
@pytest.mark.parametrize("count", [1, 2, 4, 5, 6])
def test_the_mean_over_all_draws_is_the_area_under_the_whole_curve(rule, size, count):
    """And the variance that of stratified sampling: n_h^2 times that of a stratum's weighted values, added up."""
    curve = np.random.default_rng(0).random(8)
    whole, drawn = points(*size), points(*size, count)
    draws = every_draw(drawn)
    areas = area_under(curve[draws], drawn, rule, draws)
    assert areas.mean() == pytest.approx(area_under(curve[None], whole, rule)[0], abs=1e-12)
    each = np.zeros(8)
    for step in range(8):  # what each step counts in the whole area
        each[step] = area_under(np.eye(8)[step : step + 1], whole, rule)[0] * curve[step]
    expected = sum(len(stratum) ** 2 * each[stratum].var() for stratum in strata(drawn))
    assert areas.var() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("size", [EVEN, SHORT])
def test_as_many_points_as_inner_steps_are_the_whole_curve(size):
    curves, every = np.random.default_rng(0).random((5, 8)), points(*size, 6)
    steps = every.steps(np.arange(5))
    assert steps.tolist() == [list(range(8))] * 5
    np.testing.assert_allclose(every.places, every.shares, rtol=1e-12)
    for rule in ("trapezoid", "mean"):
        whole = area_under(curves, points(*size), rule)
        np.testing.assert_allclose(area_under(curves, every, rule, steps), whole, rtol=1e-12)
