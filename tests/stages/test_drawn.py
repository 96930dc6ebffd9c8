"""Curves from drawn points against whole curves of the same images, maps and order of pixels."""

import numpy as np
import pytest
from conftest import COMPUTE, small
from scipy import stats

from cambench.masks import Masking
from cambench.metrics._contract import area_under
from cambench.networks.batches import gathered
from cambench.networks.open import open_probe
from cambench.networks.probe import Shard
from cambench.points import Points
from cambench.stages import curves
from cambench.stages.curves import CurveSettings

DELETION, INSERTION = {"start": "image", "end": "zero"}, {"start": "blur", "end": "image"}
CLASSES, SEEDS = np.array([1, 3, 0, 4, 2]), np.array([7, 8, 2**60 - 1, 10, 11])
DRAWS = 120  # of each of five images


def settings(points, pixels_per_step=32, insertion=INSERTION, ties="reading"):
    return CurveSettings(pixels_per_step, DELETION, insertion, ties, points)


def points_of(settings):
    return Points.of(1024, vars(settings))


def draw(probe, pixels, raw, settings, batch=16, seeds=SEEDS, classes=CLASSES):
    shard, probability = Shard(pixels, classes, seeds), np.full(len(pixels), 0.5)
    return gathered(curves.draw(probe, shard, raw, probability, Masking(), settings, batch))


@pytest.mark.parametrize("ties", ["random", "reading"])
@pytest.mark.parametrize("pixels_per_step", [32, 100])
def test_points_are_those_of_the_whole_curve(tiny, pixels, raw, pixels_per_step, ties):
    drawn = draw(tiny, pixels, raw, settings(4, pixels_per_step, ties=ties))
    whole = draw(tiny, pixels, raw, settings("all", pixels_per_step, ties=ties))
    assert whole["steps"].dtype == drawn["steps"].dtype == np.int32
    assert whole["steps"].tolist() == [list(range(len(whole["deletion"][0])))] * 5
    np.testing.assert_array_equal(drawn["steps"], points_of(settings(4, pixels_per_step)).steps(SEEDS))
    np.testing.assert_array_equal(drawn["tied"], whole["tied"])
    for name in curves.CURVES:
        expected = np.take_along_axis(whole[name], drawn["steps"].astype(int), 1)
        np.testing.assert_allclose(drawn[name], expected, atol=2e-6)


def test_steps_are_an_images_own_for_every_method_network_curve_and_batch(tiny, pixels, raw):
    first = draw(tiny, pixels, raw, settings(4))
    turned = open_probe("turned", small("tiny:Turned"), COMPUTE)
    others = (
        draw(tiny, pixels, -raw, settings(4)),
        draw(turned, pixels, raw, settings(4)),
        draw(tiny, pixels, raw, settings(4, insertion={"start": "zero", "end": "blur"}, ties="random")),
        draw(tiny, pixels, raw, settings(4), batch=3),
        draw(tiny, pixels, raw, settings(4), classes=CLASSES[[1, 0, 2, 4, 3]]),
    )
    for other in others:
        np.testing.assert_array_equal(other["steps"], first["steps"])
    np.testing.assert_array_equal(
        draw(tiny, pixels[3:], raw[3:], settings(4), seeds=SEEDS[3:])["steps"], first["steps"][3:]
    )
    assert len({tuple(steps) for steps in first["steps"].tolist()}) == 5


@pytest.mark.parametrize("batch", [1, 2, 7, 64])
def test_batches_change_nothing(tiny, pixels, raw, batch):
    found, expected = (draw(tiny, pixels, raw, settings(3), batch=size) for size in (batch, 16))
    for name in curves.CURVES:
        np.testing.assert_allclose(found[name], expected[name], atol=1e-6)


def test_passes(tiny, pixels, raw):
    """2 x points + 1 with the default ends, of which the blurred image alone is not known."""
    assert draw(tiny, pixels, raw, settings(8))["passes"].tolist() == [17] * 5
    constant = settings(8, insertion={"start": "black", "end": "image"})
    assert draw(tiny, pixels, raw, constant)["passes"].tolist() == [16] * 5
    unknown = settings(8, insertion={"start": "mean", "end": "blur"})
    assert draw(tiny, pixels, raw, unknown)["passes"].tolist() == [18] * 5


def test_all_inner_steps_are_the_whole_curve(tiny, pixels, raw):
    every, whole = (draw(tiny, pixels, raw, settings(points)) for points in (31, "all"))
    for name in curves.CURVES:
        np.testing.assert_allclose(every[name], whole[name], atol=1e-6)
        areas = area_under(every[name], points_of(settings(31)), steps=every["steps"])
        np.testing.assert_allclose(areas, area_under(whole[name], points_of(settings("all"))), atol=1e-6)


@pytest.mark.parametrize(("count", "pixels_per_step"), [(3, 32), (8, 32), (4, 100)])  # the last step of 100 is short
def test_areas_are_unbiased_and_vary_as_theory_says(tiny, pixels, raw, count, pixels_per_step):
    """Of many draws of each image, against the variance within the strata of its whole curve.

    Bounds are passed by one in 100,000 such tests, were the draws not fixed by the seeds.
    """
    drawn, whole = settings(count, pixels_per_step), settings("all", pixels_per_step)
    points, truth = points_of(drawn), draw(tiny, pixels, raw, whole)
    repeated = [np.repeat(values, DRAWS, axis=0) for values in (pixels, raw, CLASSES)]
    found = draw(tiny, *repeated[:2], drawn, 64, np.arange(5 * DRAWS), repeated[2])
    strata = [np.unique(column) for column in found["steps"].T[1:-1]]
    each = points_of(whole).weights(truth["steps"])
    for name in curves.CURVES:
        exact = (each * truth[name]).sum(1)
        variance = sum(len(steps) ** 2 * (each * truth[name])[:, steps].var(1) for steps in strata)
        off = area_under(found[name], points, steps=found["steps"]).reshape(5, DRAWS) - exact[:, None]
        assert abs(off.mean()) < 4.4 * np.sqrt(variance.sum()) / 5 / np.sqrt(DRAWS)
        spread = ((off**2).sum(1) / variance).sum()  # of five times DRAWS squares of mean 1
        kurtosis = ((off**4).mean(1) / variance**2).mean()
        assert abs(spread / (5 * DRAWS) - 1) < 4.4 * np.sqrt((kurtosis - 1) / (5 * DRAWS))


def test_differences_between_methods_are_surer_than_of_steps_drawn_apart(tiny, pixels, raw):
    """The same steps for both: what a step's place adds to an area, it adds to both."""
    other = (raw + 0.3 * np.random.default_rng(2).normal(size=raw.shape)).astype(np.float32)
    repeated = [np.repeat(values, DRAWS, axis=0) for values in (pixels, raw, other, CLASSES)]
    points, areas = points_of(settings(3)), {}
    for key, maps, seeds in (("one", 1, 0), ("paired", 2, 0), ("apart", 2, 10_000)):
        found = draw(tiny, repeated[0], repeated[maps], settings(3), 64, seeds + np.arange(5 * DRAWS), repeated[3])
        areas[key] = area_under(found["deletion"], points, steps=found["steps"]).reshape(5, DRAWS)
    paired, apart = ((areas[key] - areas["one"]).var(1).mean() for key in ("paired", "apart"))
    assert paired < apart / stats.f.isf(0.001, 4 * DRAWS, 4 * DRAWS)


@pytest.mark.parametrize("per_image", [1, 4, 17, 447])
@pytest.mark.parametrize("batch", [1, 3, 16, 128])
def test_blocks_are_all_points_in_order_and_three_at_most(per_image, batch):
    points = 5 * per_image
    for start in range(0, points, batch):
        stop, numbers = min(points, start + batch), []
        blocks = list(curves._blocks(start, stop, per_image))
        for first, rows, columns in blocks:
            assert first == start + len(numbers)
            numbers += [
                image * per_image + point
                for image in range(rows.start, rows.stop)
                for point in range(columns.start, columns.stop)
            ]
        assert numbers == list(range(start, stop))
        assert len(blocks) <= 3
