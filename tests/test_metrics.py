"""Metrics against closed forms, scipy, torch's upsampling, and the published table."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from scipy.stats import pearsonr
from torch.nn.functional import interpolate

from cambench import metrics, scaling
from cambench.definitions import harmonic_mean

SIZE = (30, 44)


@pytest.fixture(scope="module")
def maps():
    return np.random.default_rng(0).normal(size=(2, 8, 7, 9)).astype(np.float32)


def measure(p, q, raw, masked, order="scale_then_upsample", relu=True):
    return metrics.measure(np.array(p), np.array(q), raw, masked, SIZE, relu, order)


@pytest.mark.parametrize("size", [SIZE, (7, 9), (5, 4)])
def test_upsampling_is_torchs(maps, size):
    S = scaling.scaled(maps[0], relu=True)[0]
    expected = interpolate(torch.from_numpy(S)[None], size, mode="bilinear", align_corners=False)[0]
    np.testing.assert_allclose(scaling.upsampled(S, size), expected, atol=1e-6)


@pytest.mark.parametrize("relu", [True, False])
def test_scaling_spans_zero_to_one(maps, relu):
    S, degenerate, nonfinite = scaling.scaled(maps[0], relu)
    assert (S.min((1, 2)) == 0).all()
    assert (S.max((1, 2)) == 1).all()
    assert not degenerate.any()
    assert not nonfinite.any()
    positive = np.maximum(maps[0], 0) if relu else maps[0]
    np.testing.assert_allclose(S[0], (positive[0] - positive[0].min()) / np.ptp(positive[0]), atol=1e-6)


@pytest.mark.parametrize("order", ["scale_then_upsample", "upsample_then_scale"])
def test_coherency_and_complexity_of_large_maps(maps, order):
    raw, masked = maps
    found = measure(np.full(8, 0.5), np.full(8, 0.4), raw, masked, order)
    large = scaling.masks(raw, SIZE, True, order), scaling.masks(masked, SIZE, True, order)
    for n in range(8):
        rho = pearsonr(large[0][n].ravel().astype(float), large[1][n].ravel().astype(float)).statistic
        assert found["coherency"][n] == pytest.approx((1 + rho) / 2, abs=1e-6)
        assert found["complexity"][n] == pytest.approx(large[0][n].mean(), abs=1e-6)


def test_upsample_then_scale_reaches_one(maps):
    assert scaling.masks(maps[0], SIZE, True, "upsample_then_scale").max((1, 2)) == pytest.approx(np.ones(8))
    assert scaling.masks(maps[0], SIZE, True, "scale_then_upsample").max() <= 1


def test_probabilities(maps):
    found = measure([0.8, 0.5, 0.5, 1.0], [0.6, 0.5, 0.75, 1.0], maps[0, :4], maps[1, :4])
    assert found["average_drop"].tolist() == pytest.approx([0.25, 0, 0, 0])
    assert found["average_increase"].tolist() == [0, 0, 1, 0]
    assert found["average_gain"].tolist() == pytest.approx([0, 0, 0.5, 0])


def test_adcc_is_the_harmonic_mean_of_its_parts(maps):
    found = measure(np.full(8, 0.8), np.full(8, 0.6), *maps)
    expected = 3 / (1 / found["coherency"] + 1 / (1 - found["complexity"]) + 1 / (1 - found["average_drop"]))
    np.testing.assert_allclose(found["adcc"], expected)
    assert harmonic_mean(np.array(0.5), np.array(0.0), np.array(1.0)) == 0


def test_a_map_and_its_negative(maps):
    ramp = np.linspace(0, 1, 63, dtype=np.float32).reshape(1, 7, 9)
    same = measure([0.5], [0.5], ramp, ramp)
    assert same["coherency"][0] == pytest.approx(1)
    opposite = measure([0.5], [0.5], ramp, 1 - ramp)
    assert opposite["coherency"][0] == pytest.approx(0, abs=1e-9)
    assert opposite["adcc"][0] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("which", ["clean", "masked"])
@pytest.mark.parametrize(
    ("value", "flag"), [(0.5, "degenerate"), (-3.0, "degenerate"), (np.nan, "nonfinite"), (np.inf, "nonfinite")]
)
def test_undefined_maps_are_flagged_and_score_nothing(maps, which, value, flag):
    good, bad = maps[0, :1], np.full((1, 7, 9), value, np.float32)
    found = measure([0.5], [0.4], *((bad, good) if which == "clean" else (good, bad)))
    assert found[flag][0]
    assert found["degenerate"][0] + found["nonfinite"][0] == 1
    assert found["coherency"][0] == found["adcc"][0] == 0
    assert all(np.isfinite(values).all() for values in found.values())


def test_without_a_second_map_there_is_no_coherency(maps):
    found, both = measure([0.8] * 8, [0.4] * 8, maps[0], None), measure([0.8] * 8, [0.4] * 8, *maps)
    for name, values in found.items():
        if name in ("coherency", "adcc"):
            assert np.isnan(values).all()
        else:
            np.testing.assert_array_equal(values, both[name])
    assert np.isnan(harmonic_mean(np.array([np.nan, np.nan]), np.array([0.0, 1.0]))).all()


def test_fake_cam_fools_average_drop_and_not_adcc():
    fake = np.ones((1, *SIZE), np.float32)
    fake[0, 0, 0] = 0
    found = measure([0.9], [0.9], fake, fake, relu=False)
    assert found["average_drop"][0] == 0
    assert found["coherency"][0] == pytest.approx(1)
    assert found["complexity"][0] == pytest.approx(1 - 1 / (SIZE[0] * SIZE[1]))
    assert found["adcc"][0] < 0.005


def test_the_published_adcc_is_that_of_the_means():
    table = pl.read_csv(Path(__file__).parents[1] / "reference" / "published.csv")
    coherency, complexity, drop = (table[name].to_numpy() / 100 for name in ("coherency", "complexity", "average_drop"))
    recomputed = 100 * harmonic_mean(coherency, 1 - complexity, 1 - drop)
    assert len(table) == 30
    # One row (VGG-16, Smooth Grad-CAM++) is off by 0.0437, all others by less than 0.035.
    assert np.abs(recomputed - table["adcc"].to_numpy()).max() < 0.044
