"""Metrics against closed forms and the published table."""

import numpy as np
import polars as pl
import pytest
from conftest import ROOT

from cambench.masks import Masking
from cambench.metrics import (
    Explained,
    adcc,
    average_drop,
    average_gain,
    average_increase,
    coherency,
    complexity,
    deletion,
    insertion,
)
from cambench.metrics._contract import area_under, harmonic_mean
from cambench.points import Points

SIZE = (30, 44)


@pytest.fixture(scope="module")
def maps():
    return np.random.default_rng(0).normal(size=(2, 8, 7, 9)).astype(np.float32)


def seen(p, q, raw, masked, relu=True):
    return Explained(np.array(p), np.array(q), raw, masked, SIZE, Masking(relu))


def test_probabilities(maps):
    images = seen([0.8, 0.5, 0.5, 1.0], [0.6, 0.5, 0.75, 1.0], maps[0, :4], maps[1, :4])
    assert average_drop.measure(images).tolist() == pytest.approx([0.25, 0, 0, 0])
    assert average_increase.measure(images).tolist() == [0, 0, 1, 0]
    assert average_gain.measure(images).tolist() == pytest.approx([0, 0, 0.5, 0])


def test_adcc_is_the_harmonic_mean_of_its_parts(maps):
    images = seen(np.full(8, 0.8), np.full(8, 0.6), *maps)
    parts = coherency.measure(images), 1 - complexity.measure(images), 1 - average_drop.measure(images)
    np.testing.assert_allclose(adcc.measure(images), 3 / sum(1 / part for part in parts))
    assert harmonic_mean(np.array(0.5), np.array(0.0), np.array(1.0)) == 0
    assert np.isnan(harmonic_mean(np.array([np.nan, np.nan]), np.array([0.0, 1.0]))).all()


def test_a_map_and_its_negative():
    ramp = np.linspace(0, 1, 63, dtype=np.float32).reshape(1, 7, 9)
    same, opposite = seen([0.5], [0.5], ramp, ramp), seen([0.5], [0.5], ramp, 1 - ramp)
    assert coherency.measure(same)[0] == pytest.approx(1)
    assert coherency.measure(opposite)[0] == pytest.approx(0, abs=1e-9)
    assert adcc.measure(opposite)[0] == pytest.approx(0, abs=1e-6)


def test_fake_cam_fools_average_drop_and_not_adcc():
    fake = np.ones((1, *SIZE), np.float32)
    fake[0, 0, 0] = 0
    images = seen([0.9], [0.9], fake, fake, relu=False)
    assert average_drop.measure(images)[0] == 0
    assert coherency.measure(images)[0] == pytest.approx(1)
    assert complexity.measure(images)[0] == pytest.approx(1 - 1 / (SIZE[0] * SIZE[1]))
    assert adcc.measure(images)[0] < 0.005


def test_areas():
    curve = np.array([[1.0, 0.5, 0.0]])
    assert area_under(curve, Points((0, 0.5, 1)), "trapezoid")[0] == pytest.approx(0.5)
    assert area_under(curve, Points((0, 0.8, 1)), "trapezoid")[0] == pytest.approx(0.6 + 0.05)
    assert area_under(curve, Points((0, 0.8, 1)), "mean")[0] == pytest.approx(0.5)


def test_areas_of_drawn_points():
    """Of the steps 0, 4, 8 and 10 of ten pixels, the second inner one stands for both; the mean counts steps alike."""
    points = Points.of(10, {"pixels_per_step": 4, "points": 1})
    curve, steps = np.array([[1.0, 0.5, 0.0]]), np.array([[0, 2, 3]])
    assert area_under(curve, points, "trapezoid", steps)[0] == pytest.approx(0.2 * 1 + 2 * (0.4 + 0.2) / 2 * 0.5)
    assert area_under(curve, points, "mean", steps)[0] == pytest.approx((1 + 2 * 0.5) / 4)
    curve[0, 1] = np.inf
    assert np.isnan(area_under(curve, points, "trapezoid", steps)[0])


def test_a_drawn_point_that_is_not_finite_scores_worst():
    points = Points.of(10, {"pixels_per_step": 4, "points": 1})
    curves = {"deletion": np.array([[0.9, np.nan, 0.1], [0.9, 0.5, 0.1]])}
    curves["insertion"] = curves["deletion"][:, ::-1]
    p, maps = np.full(2, 0.9), np.random.default_rng(0).random((2, 2, 3, 4))
    images = Explained(p, p, *maps, SIZE, curves=curves, points=points, steps=np.array([[0, 1, 3]] * 2))
    assert images.nonfinite.tolist() == [True, False]
    assert deletion.measure(images)[0] == 1
    assert insertion.measure(images)[0] == 0
    assert 0 < deletion.measure(images)[1] < 1


def test_the_published_adcc_is_that_of_the_means():
    table = pl.read_csv(ROOT / "workflow" / "cambench" / "reference" / "published.csv")
    means = (table[name].to_numpy() / 100 for name in ("coherency", "complexity", "average_drop"))
    coherencies, complexities, drops = means
    recomputed = 100 * harmonic_mean(coherencies, 1 - complexities, 1 - drops)
    assert len(table) == 30
    # One row (VGG-16, Smooth Grad-CAM++) is off by 0.0437, all others by less than 0.035.
    assert np.abs(recomputed - table["adcc"].to_numpy()).max() < 0.044
