"""From raw maps to masks: against torch's upsampling and numpy's correlation; the same on a device."""

import numpy as np
import pytest
import torch
from torch.nn.functional import interpolate

from cambench.masks import Masking, masks, masks_on, scale, statistics, upsampled

SIZE = (30, 44)
ORDERS = ("scale_then_upsample", "upsample_then_scale")


@pytest.fixture(scope="module")
def maps():
    return np.random.default_rng(0).normal(size=(2, 8, 7, 9)).astype(np.float32)


@pytest.mark.parametrize("size", [SIZE, (7, 9), (5, 4)])
def test_upsampling_is_torchs(maps, size):
    S = scale(maps[0], relu=True).maps
    expected = interpolate(torch.from_numpy(S)[None], size, mode="bilinear", align_corners=False)[0]
    np.testing.assert_allclose(upsampled(S, size), expected, atol=1e-6)


@pytest.mark.parametrize("side", [3, 7, 14])
@pytest.mark.parametrize("order", ORDERS)
def test_a_mask_has_the_same_bits_whatever_maps_are_beside_it(order, side):
    """Curves and localisation take pixels by rank and by threshold, so another rounding would move them."""
    raw, masking = np.random.default_rng(0).random((9, side, side), np.float32), Masking(order=order)
    for size in ((32, 32), (33, 224)):
        whole = masks(raw, size, masking)
        for cut in range(1, 9):
            parts = [masks(part, size, masking) for part in (raw[:cut], raw[cut:])]
            np.testing.assert_array_equal(np.concatenate(parts), whole)


@pytest.mark.parametrize("relu", [True, False])
def test_scaling_spans_zero_to_one(maps, relu):
    S, degenerate, nonfinite = scale(maps[0], relu)
    assert (S.min((1, 2)) == 0).all()
    assert (S.max((1, 2)) == 1).all()
    assert not degenerate.any()
    assert not nonfinite.any()
    positive = np.maximum(maps[0], 0) if relu else maps[0]
    np.testing.assert_allclose(S[0], (positive[0] - positive[0].min()) / np.ptp(positive[0]), atol=1e-6)


@pytest.mark.parametrize(("value", "flags"), [(0.5, (True, False)), (-3, (True, False)), (np.nan, (False, True))])
def test_a_map_that_cannot_be_scaled_is_all_zeros(maps, value, flags):
    raw = maps[0].copy()
    raw[3] = value
    S, degenerate, nonfinite = scale(raw, relu=True)
    assert (S[3] == 0).all()
    assert (degenerate[3], nonfinite[3]) == flags
    assert degenerate.sum() + nonfinite.sum() == 1


def test_upsample_then_scale_reaches_one(maps):
    large = masks(maps[0], SIZE, Masking(order="upsample_then_scale"))
    assert large.max((1, 2)) == pytest.approx(np.ones(8))
    assert masks(maps[0], SIZE, Masking(order="scale_then_upsample")).max() <= 1


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("size", [(32, 32), (7, 9), (5, 224)])
def test_masks_are_the_same_on_a_device(order, size):
    raw = np.random.default_rng(0).normal(size=(6, 7, 9)).astype(np.float32)
    raw[3], raw[4, 0, 0] = 1, np.nan
    found = masks_on(torch.device("cpu"), raw, size, Masking(order=order)).numpy()
    np.testing.assert_allclose(found, masks(raw, size, Masking(order=order)), atol=1e-6)


@pytest.mark.parametrize("relu", [True, False])
@pytest.mark.parametrize("order", ORDERS)
def test_statistics_are_those_of_the_large_maps(maps, order, relu):
    masking = Masking(relu, order)
    mean, rho = statistics((maps[0], maps[1]), (scale(maps[0], relu), scale(maps[1], relu)), SIZE, masking)
    large = [masks(raw, SIZE, masking).astype(float).reshape(8, -1) for raw in maps]
    np.testing.assert_allclose(mean, large[0].mean(1), atol=1e-6)
    np.testing.assert_allclose(rho, [np.corrcoef(a, b)[0, 1] for a, b in zip(*large, strict=True)], atol=1e-6)
