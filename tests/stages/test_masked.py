"""Masked inputs: in both spaces, on any device."""

import numpy as np
import pytest
import torch
from conftest import opened

from cambench.masks import Masking, masks_on
from cambench.methods._contract import bind
from cambench.networks.batches import gathered
from cambench.networks.probe import Shard
from cambench.stages.masked import explain_masked, mask_images

PIXELS = np.random.default_rng(0).integers(0, 255, (6, 32, 32, 3), dtype=np.uint8)


def test_masking_spaces(tiny):
    pixels, none = PIXELS[:1], torch.zeros((1, 32, 32))
    assert mask_images(tiny, pixels, none, "normalised").abs().max() == 0
    black = tiny.prepare(np.zeros_like(pixels))
    torch.testing.assert_close(mask_images(tiny, pixels, none, "pixels"), black)
    for space in ("normalised", "pixels"):
        torch.testing.assert_close(mask_images(tiny, pixels, none + 1, space), tiny.prepare(pixels))


@pytest.mark.parametrize("space", ["normalised", "pixels"])
def test_the_space_decides_what_is_forwarded(tiny, space):
    raw, classes = np.random.default_rng(1).random((6, 8, 8), np.float32), np.zeros(6, np.int64)
    masking = Masking(space=space)
    found = gathered(explain_masked(tiny, bind("gradcam", {}, 4), Shard(PIXELS, classes), raw, masking))
    images = mask_images(tiny, PIXELS, masks_on(tiny.device, raw, (32, 32), masking), space)
    with torch.no_grad():
        expected = tiny.network(images).double().softmax(1)[:, 0]
    np.testing.assert_allclose(found["probability"], expected, rtol=1e-5)
    assert found["probability"].dtype == np.float64
    assert found["raw"].shape == raw.shape
    assert found["condition"].tolist() == [0] * 6
    assert found["passes"].tolist() == [1] * 6
    clean = opened(tiny, PIXELS).probability()
    assert not np.allclose(found["probability"], clean)


def test_no_tensor_is_left_on_the_cpu(ghost):
    maps = np.random.default_rng(0).random((6, 8, 8), np.float32)
    there = masks_on(ghost.device, maps, (32, 32), Masking())
    assert all(mask_images(ghost, PIXELS, there, space).is_meta for space in ("normalised", "pixels"))
