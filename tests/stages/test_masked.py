"""Masked inputs: in both spaces, on any device."""

import numpy as np
import pytest
import torch
from conftest import opened

from cambench.masks import Masking, masks_on
from cambench.methods._contract import bind
from cambench.networks.batches import gathered
from cambench.networks.masking import mask_images
from cambench.networks.probe import Shard
from cambench.stages.masked import explain_masked

PIXELS = np.random.default_rng(0).integers(0, 255, (6, 32, 32, 3), dtype=np.uint8)


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
