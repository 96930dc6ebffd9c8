"""Grad-CAM of attention against a loop over heads, with gradients written out."""

import numpy as np
import vits
from conftest import COMPUTE, opened

from cambench.methods._contract import bind

PIXELS = np.random.default_rng(4).integers(0, 255, (2, 32, 32, 3), dtype=np.uint8)
CLASSES = [1, 3]


def attngradcam(probe):
    maps = bind("attngradcam", {}, COMPUTE["batch"])(opened(probe, PIXELS, CLASSES))[0]
    return maps.double().numpy().reshape(2, 16)


def test_heads_are_weighted_by_their_mean_gradient():
    probe = vits.probe("Plain")
    for image, map_ in enumerate(attngradcam(probe)):
        A, g = (blocks[-1] for blocks in vits.by_hand(probe, PIXELS[image], CLASSES[image]))
        expected = np.mean([g[head, 0, 1:].mean() * A[head, 0, 1:] for head in range(2)], axis=0)
        np.testing.assert_allclose(map_, expected, rtol=1e-4, atol=1e-7)


def test_attention_of_each_token_to_itself_gives_nothing():
    assert (attngradcam(vits.looking_at_itself()) == 0).all()
