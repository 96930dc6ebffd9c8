"""FEM against a loop over channels; pytorch-grad-cam exchanges what weighs and what is weighed."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from peers import signed

from cambench.methods import fem


def by_hand(A, k):
    maps = np.zeros((len(A), *A.shape[2:]))
    for image, channels in enumerate(A.numpy().astype(np.float64)):
        for channel in channels:
            strong = channel > channel.mean() + k * channel.std()
            maps[image] += channel.mean() * strong
    return maps


@pytest.mark.parametrize("k", [1, 2])
def test_formula(k):
    found = signed().ours("fem", k=k)
    expected = by_hand(signed().seen()[0], k)
    assert np.abs(expected).max() > 0.01
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_the_variant_of_grad_cam_weighs_activations_by_how_many_are_strong():
    theirs = signed().grad_cam("FEM").float()
    assert torch.allclose(signed().ours("fem", variant="gradcam"), theirs, atol=1e-6)
    assert not torch.allclose(signed().ours("fem"), theirs, atol=1e-2)


@pytest.mark.parametrize("value", [0.0, 0.1, 1 / 3])
def test_a_constant_channel_counts_for_nothing(value):
    """Also where its mean is rounded below it, and whatever k is."""
    A = torch.full((1, 1, 7, 7), value)
    for variant in ("fuad2020", "gradcam"):
        assert not fem.cam(SimpleNamespace(activations=lambda: A), k=0, variant=variant).any()
