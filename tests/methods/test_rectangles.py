"""On rectangles no method takes rows for columns: the map of a turned image is the turned map.

The network is turned, too: its kernels are transposed.
"""

import numpy as np
import pytest
from conftest import COMPUTE, opened, small

from cambench.methods._contract import bind
from cambench.networks.open import open_probe

METHODS = [
    *("ablationcam", "cam", "centre", "eigencam", "fakecam", "gradcam", "gradcampp", "hirescam", "layercam"),
    *("reciprocam", "scorecam", "xgradcam"),
]
SHAPE = (24, 40)
CLASSES = [1, 3, 0]


@pytest.fixture(scope="module")
def pixels():
    return np.random.default_rng(1).integers(0, 255, (3, *SHAPE, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def both(pixels):
    """The images with their network, and the turned images with theirs."""
    turned = pixels.swapaxes(1, 2)
    return [(probe_of("tiny:Tiny", SHAPE), pixels), (probe_of("tiny:Turned", SHAPE[::-1]), turned)]


def probe_of(factory, shape):
    block = small(factory)
    return open_probe("net", {**block, "preprocessing": {**block["preprocessing"], "crop": list(shape)}}, COMPUTE)


@pytest.mark.parametrize("cam", METHODS)
def test_maps_turn_with_the_image(both, cam):
    straight, turned = (bind(cam, {}, 2)(opened(probe, images, CLASSES))[0] for probe, images in both)
    assert straight.shape[1:] == (SHAPE if cam == "fakecam" else (6, 10))
    np.testing.assert_allclose(straight.mT, turned, atol=1e-5 * float(straight.abs().max()), rtol=1e-4)


@pytest.mark.parametrize("cam", ["random", "smoothgradcampp"])
def test_random_maps_have_the_shape_of_the_layer(both, cam):
    for (probe, images), shape in zip(both, ((6, 10), (10, 6)), strict=True):
        assert bind(cam, {}, 2)(opened(probe, images, CLASSES))[0].shape == (3, *shape)
