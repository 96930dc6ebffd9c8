"""RISE against a loop that draws, enlarges and crops one mask after the other."""

import math

import numpy as np
import pytest
import torch
from conftest import COMPUTE, opened
from peers import CLASSES, PIXELS, pooled
from torch.nn.functional import interpolate

from cambench import methods
from cambench.methods._contract import bind
from cambench.methods.rise import _enlarging


def by_hand(twice, samples, cells, p1, seed):
    """Maps (n, H, W), and all masks (n, samples, H, W)."""
    H, W = twice.images.shape[2:]
    rows, columns = math.ceil(H / cells), math.ceil(W / cells)
    drawn = twice.batch().random(seed).uniform((samples, cells**2 + 2))
    maps, kept = torch.zeros(len(PIXELS), H, W), []
    for image, c, numbers, total in zip(twice.images, CLASSES, drawn, maps, strict=True):
        for one in numbers:
            grid = (one[2:] < p1).float().view(1, 1, cells, cells)
            large = interpolate(grid, ((cells + 1) * rows, (cells + 1) * columns), mode="bilinear")[0, 0]
            top, left = int(one[0] * rows), int(one[1] * columns)
            mask = large[top : top + H, left : left + W]
            total += twice.probability((image * mask)[None])[0, c] * mask
            kept.append(mask)
    return maps / (samples * p1), torch.stack(kept)


@pytest.mark.parametrize(("cells", "p1"), [(7, 0.5), (4, 0.1), (5, 0.9)])
def test_masks(cells, p1):
    settings = {"samples": 20, "cells": cells, "p1": p1, "seed": 3}
    expected, masks = by_hand(pooled(), **settings)
    assert masks.std() > 0.1
    assert torch.allclose(pooled().ours("rise", **settings), expected, atol=1e-5)


def test_each_offset_is_a_crop_of_the_enlarged_grid():
    line = interpolate(torch.tensor([[[1.0, 0.0, 0.0]]]), 4 * 4, mode="linear")[0, 0]
    found = _enlarging(10, 3, torch.tensor([0.0, 0.3, 0.999]))[:, :, 0]
    assert torch.equal(found, torch.stack([line[0:10], line[1:11], line[3:13]]))


def test_more_cells_than_pixels_are_refused():
    reason = "needs images of 25 pixels a side for as many cells, not 24"
    assert methods.refusal("rise", {"input": [40, 24]}, {"cells": 25}) == reason
    assert methods.refusal("rise", {"input": [40, 24]}, {"cells": 24}) is None


def test_where_nothing_decides_it_is_the_mean_mask():
    """A network of logits that no image changes: each mask counts alike."""
    twice = pooled()
    batch = twice.batch()
    object.__setattr__(batch.probe, "changed", lambda inputs: torch.zeros(len(inputs), 5))
    try:
        found = bind("rise", {"samples": 2000}, COMPUTE["batch"])(batch)[0]
    finally:
        del batch.probe.changed
    np.testing.assert_allclose(found.mean((1, 2)), 1 / 5, rtol=0.02)
    np.testing.assert_allclose(found, 1 / 5, rtol=0.15)


def test_each_image_has_masks_of_its_own_in_any_batch():
    probe = pooled().probe
    both = bind("rise", {"samples": 4}, 8)(opened(probe, PIXELS[[0, 0]], [1, 1], seeds=np.array([5, 6])))[0]
    alone = bind("rise", {"samples": 4}, 8)(opened(probe, PIXELS[[0]], [1], seeds=np.array([6])))[0]
    assert torch.allclose(both[1:], alone, atol=1e-6)
    assert not torch.allclose(both[0], both[1], atol=0.01)
