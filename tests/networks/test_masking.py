"""Masked inputs: in both spaces, on any device."""

import numpy as np
import torch

from cambench.masks import Masking, masks_on
from cambench.networks.masking import mask_images

PIXELS = np.random.default_rng(0).integers(0, 255, (6, 32, 32, 3), dtype=np.uint8)


def test_masking_spaces(tiny):
    pixels, none = PIXELS[:1], torch.zeros((1, 32, 32))
    assert mask_images(tiny, pixels, none, "normalised").abs().max() == 0
    black = tiny.prepare(np.zeros_like(pixels))
    torch.testing.assert_close(mask_images(tiny, pixels, none, "pixels"), black)
    for space in ("normalised", "pixels"):
        torch.testing.assert_close(mask_images(tiny, pixels, none + 1, space), tiny.prepare(pixels))


def test_no_tensor_is_left_on_the_cpu(ghost):
    maps = np.random.default_rng(0).random((6, 8, 8), np.float32)
    there = masks_on(ghost.device, maps, (32, 32), Masking())
    assert all(mask_images(ghost, PIXELS, there, space).is_meta for space in ("normalised", "pixels"))
