"""ViT-Recipro-CAM against a loop over positions that writes the tokens itself."""

import numpy as np
import pytest
import torch
import vits
from conftest import COMPUTE, opened

from cambench.methods._contract import bind

PIXELS = np.random.default_rng(4).integers(0, 255, (2, 32, 32, 3), dtype=np.uint8)
CLASSES = [1, 3]
KERNEL = {0: 0.5, 1: 0.25}  # by distance along one side; in the plane their product


def vitreciprocam(probe, cam="vitreciprocam", **settings):
    batch = opened(probe, PIXELS, CLASSES)
    return bind(cam, settings, COMPUTE["batch"])(batch)[0], batch.passes.tolist()


def by_hand(probe, layer, keep, gaussian=True):
    """Probability, float64 (n, 4, 4), where the layer's tokens are kept around each position."""
    network, maps = probe.network, torch.zeros(len(PIXELS), 4, 4)
    for place in range(16):
        row, column = divmod(place, 4)
        weights = torch.zeros(17)
        weights[0] = float(keep)
        for other in range(16):
            apart = sorted((abs(other // 4 - row), abs(other % 4 - column)))
            if gaussian and apart[1] <= 1:
                weights[1 + other] = KERNEL[apart[0]] * KERNEL[apart[1]]
            elif apart[1] == 0:
                weights[1 + other] = 1
        changed = lambda _, __, tokens, weights=weights: tokens * weights[:, None]  # noqa: E731
        handle = network.get_submodule(layer).register_forward_hook(changed)
        with torch.no_grad():
            softmax = network(probe.prepare(PIXELS)).softmax(1)
        handle.remove()
        maps[:, row, column] = softmax[torch.arange(len(PIXELS)), CLASSES]
    return maps


@pytest.mark.parametrize("cls", ["keep", "zero"])
@pytest.mark.parametrize("gaussian", [True, False])
@pytest.mark.parametrize(("layer", "passes"), [("encoder_layer_0.ln_1", 17), ("encoder_layer_0", 1)])
def test_each_position(layer, passes, gaussian, cls):
    """Inside a block whole passes are made; on a block's output the head alone runs."""
    layer = f"encoder.layers.{layer}"
    probe = vits.probe("torchvision_vit", layer=layer)
    maps, made = vitreciprocam(probe, gaussian=gaussian, cls=cls)
    assert torch.allclose(maps, by_hand(probe, layer, cls == "keep", gaussian), atol=1e-5)
    assert made == [passes] * 2


def test_without_neighbours_it_is_recipro_cam(vit):
    assert torch.allclose(vitreciprocam(vit, gaussian=False)[0], vitreciprocam(vit, "reciprocam")[0], atol=1e-6)
