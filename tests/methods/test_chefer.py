"""Chefer's rules against loops in float64 on a network whose attention is known, with gradients of its own writing."""

import numpy as np
import torch
import vits
from conftest import COMPUTE, opened

from cambench.methods._contract import bind

PIXELS = np.random.default_rng(4).integers(0, 255, (2, 32, 32, 3), dtype=np.uint8)
CLASSES = [1, 3]


def chefer(probe):
    maps = bind("chefer", {}, COMPUTE["batch"])(opened(probe, PIXELS, CLASSES))[0]
    return maps.double().numpy().reshape(2, 16)


def test_two_blocks():
    probe = vits.probe("Plain")
    for image, map_ in enumerate(chefer(probe)):
        R = np.eye(17)
        for A, g in zip(*vits.by_hand(probe, PIXELS[image], CLASSES[image]), strict=True):
            R = R + np.maximum(g * A, 0).mean(0) @ R
        np.testing.assert_allclose(map_, R[0, 1:], rtol=1e-4, atol=1e-7)


def test_attention_of_each_token_to_itself_gives_nothing():
    assert (chefer(vits.looking_at_itself()) == 0).all()


def test_where_no_class_token_counts_rows_are_averaged():
    probe = vits.probe("timm_vit", class_token=False, global_pool="avg", embed_dim=16, num_heads=2)
    weights, gradients = opened(probe, PIXELS, CLASSES).attention_gradients()
    R = torch.eye(16)
    for A, g in zip(weights, gradients, strict=True):
        R = R + (A * g).clamp(min=0).mean(1) @ R
    np.testing.assert_allclose(chefer(probe), R.mean(1), rtol=1e-4)
