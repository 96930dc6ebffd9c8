"""Where the stages of networks end: the last layer of each resolution."""

import numpy as np
import pytest
import torch
from conftest import COMPUTE, PREPROCESSING, opened, settings

from cambench.networks.levels import find_levels
from cambench.networks.open import open_probe

KINDS = {
    "resnet18": ("layer4", "relu layer1 layer2 layer3 layer4"),
    "resnet50": ("layer3", "relu layer1 layer2 layer3"),
    "mobilenet_v2": (None, "features.1 features.3 features.6 features.13 features"),
    "squeezenet1_1": ("features.12", "features.1 features.4 features.7 features.12"),
}


@pytest.mark.parametrize("name", KINDS)
def test_stages_of_torchvisions_networks(name):
    layer, expected = KINDS[name]
    block = settings(name=name, preprocessing=dict(PREPROCESSING, resize=64, crop=64))
    probe = open_probe(name, {**block, "layer": layer} if layer else block, COMPUTE)
    assert list(find_levels(probe)) == expected.split()


def test_levels_are_what_the_layers_give_before_anything_goes_on_in_place():
    """Of a ResNet: its first ReLU is what the pooling takes, and the target layer gives A."""
    block = settings(name="resnet18", preprocessing=dict(PREPROCESSING, resize=64, crop=64), layer="layer2")
    probe = open_probe("resnet18", block, COMPUTE)
    pixels = np.random.default_rng(0).integers(0, 255, (2, 64, 64, 3), dtype=np.uint8)
    batch = opened(probe, pixels)
    levels = batch.levels()
    assert [tuple(maps.shape) for maps in levels] == [(2, 64, 32, 32), (2, 64, 16, 16), (2, 128, 8, 8)]
    stem = probe.network.bn1(probe.network.conv1(batch.images)).relu()
    torch.testing.assert_close(levels[0], stem)
    torch.testing.assert_close(levels[2], opened(probe, pixels).activations())
    torch.testing.assert_close(batch.probability(), opened(probe, pixels).probability())
    assert batch.passes.tolist() == [1, 1]
    for named in (["bn1", "layer1.0"], ["layer1.0", "bn1"]):
        assert [tuple(maps.shape[1:]) for maps in batch.levels(named)] == [(64, 32, 32), (64, 16, 16)]


def test_tokens_have_one_level(vit):
    assert list(find_levels(vit)) == [vit.layer]
