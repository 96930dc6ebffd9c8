"""Edges against scipy's Sobel filters."""

import numpy as np
import pytest
import torch
from conftest import opened
from peers import PIXELS, signed
from scipy import ndimage

from cambench.methods import sobel


def edges(pixels):
    return sobel.cam(opened(signed().probe, pixels))


def test_scipy():
    for found, pixels in zip(edges(PIXELS), PIXELS, strict=True):
        grey = pixels / 255 @ [0.299, 0.587, 0.114]
        expected = np.hypot(*(ndimage.sobel(grey, axis, mode="nearest") for axis in (0, 1)))
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_flat_image_has_no_edges_and_a_step_has_one():
    pixels = np.full((2, 32, 32, 3), 100, np.uint8)
    pixels[1, :, 16:] = 151
    found = edges(pixels)
    assert found[0].max() < 1e-6
    assert found[1, :, 15:17].mean() == pytest.approx(4 * 51 / 255, rel=1e-4)
    assert found[1, :, :15].max() < 1e-6
    assert torch.equal(found[1, 0], found[1, 9])
