"""Attention rollout against loops in float64, on a network whose attention is known."""

import numpy as np
import pytest
import torch
import vits
from conftest import COMPUTE, opened

from cambench.methods._contract import bind

PIXELS = np.random.default_rng(4).integers(0, 255, (2, 32, 32, 3), dtype=np.uint8)


def rollout(probe, **settings):
    maps = bind("rollout", settings, COMPUTE["batch"])(opened(probe, PIXELS))[0]
    return maps.double().numpy().reshape(2, 16)


def known(probe, fuse=np.mean):
    """Attention of each block, float64 (T, T), which no image changes."""
    return [fuse(block.logits.double().softmax(-1).numpy(), axis=0) for block in probe.network.blocks]


def expected(blocks):
    R = np.eye(17)
    for A in blocks:
        step = A + np.eye(17)
        R = (step / step.sum(1, keepdims=True)) @ R
    return R[0, 1:]


def test_two_blocks():
    probe = vits.probe("Plain")
    np.testing.assert_allclose(rollout(probe), [expected(known(probe))] * 2, rtol=1e-5)


def test_start_leaves_out_the_first_blocks():
    probe = vits.probe("Plain")
    np.testing.assert_allclose(rollout(probe, start=1), [expected(known(probe)[1:])] * 2, rtol=1e-5)


@pytest.mark.parametrize(("heads", "fuse"), [("max", np.max), ("min", np.min)])
def test_heads(heads, fuse):
    probe = vits.probe("Plain")
    np.testing.assert_allclose(rollout(probe, heads=heads), [expected(known(probe, fuse))] * 2, rtol=1e-5)


def test_the_lowest_values_are_discarded_but_the_first_one():
    probe, blocks = vits.probe("Plain"), []
    for A in known(probe):
        lowest = [place for place in A.ravel().argsort()[: int(17 * 17 * 0.9)] if place != 0]
        A.ravel()[lowest] = 0
        blocks.append(A)
    np.testing.assert_allclose(rollout(probe, discard=0.9), [expected(blocks)] * 2, rtol=1e-5)


def test_attention_of_each_token_to_itself_gives_nothing():
    probe = vits.looking_at_itself()
    assert (rollout(probe) == 0).all()


def test_rows_sum_to_1(vit):
    """Also those of patches, so that the map is what the class token does not keep."""
    maps = rollout(vit)
    assert (maps > 0).all()
    assert (maps.sum(1) < 1).all()
    assert torch.allclose(opened(vit, PIXELS).attention()[0].sum(-1), torch.ones(()), atol=1e-5)
