"""Poly-CAM written out for a network of three resolutions, one pass after the other; its passes; its layers."""

import numpy as np
import pytest
import torch
from conftest import COMPUTE, PREPROCESSING, opened
from torch import nn
from torch.nn.functional import interpolate

from cambench.errors import InputError
from cambench.methods._contract import bind
from cambench.networks.probe import Probe

PIXELS = np.random.default_rng(7).integers(0, 255, (2, 32, 32, 3), dtype=np.uint8)
CLASSES = torch.tensor([1, 3])


class Stages(nn.Module):
    """Maps of 16 x 16, 8 x 8 and 4 x 4; the last channel of the first stage is always zero."""

    def __init__(self):
        super().__init__()
        self.one = nn.Sequential(nn.Conv2d(3, 3, 3, 2, 1), nn.ReLU(inplace=True))
        self.two = nn.Sequential(nn.Conv2d(3, 4, 3, 2, 1), nn.ReLU(inplace=True))
        self.three, self.fc = nn.Sequential(nn.Conv2d(4, 5, 3, 2, 1)), nn.Linear(5, 5)
        self.one[0].bias.data[2] = -100
        self.fc.weight.data *= 4

    def forward(self, x):
        return self.fc(self.three(self.two(self.one(x))).mean((2, 3)))


@pytest.fixture(scope="module")
def probe():
    torch.manual_seed(0)
    return Probe(Stages().eval().requires_grad_(False), "three", PREPROCESSING)


def run(probe, **options):
    batch = opened(probe, PIXELS, CLASSES)
    return bind("polycam", options, COMPUTE["batch"])(batch)[0], batch


def clipped(A):
    """N of one channel, by numpy's percentiles."""
    low, high = np.percentile(A, 0.1), np.percentile(A, 99.9)
    return torch.from_numpy(np.clip((A.numpy() - low) / max(high, 1e-12), 0, 1)).float()


def sized(maps, size):
    return interpolate(maps[None, None], size, mode="bilinear")[0, 0]


def weight(network, x, label, A, variant):
    """Of one channel, by passes of its own."""
    M = sized(clipped(A), (32, 32))
    p, seen, unseen = (float(network(image[None]).softmax(1)[0, label]) for image in (x, x * M, x * (1 - M)))
    return {"P": seen, "M": max(0, p - unseen), "PM": max(0, seen + p - unseen)}[variant]


def written_out(network, x, label, layers, variant):
    Q = None
    for A in reversed(layers):
        m = sum(weight(network, x, label, channel, variant) * channel for channel in A).relu()
        if Q is not None:
            m = m / sized(sized(m, Q.shape), m.shape).clamp(min=1e-12) * sized(Q, m.shape)
        Q = m
    return sized(clipped(Q), (32, 32))


@pytest.mark.parametrize("variant", ["P", "M", "PM"])
@pytest.mark.parametrize("layers", ["", "two, three"])
def test_written_out(probe, variant, layers):
    found, batch = run(probe, variant=variant, layers=layers)
    network, names = probe.network, layers.split(", ") if layers else ["one", "two", "three"]
    for map_, x, label in zip(found, batch.images, CLASSES, strict=True):
        outputs = {"one": network.one(x[None])}
        outputs["two"] = network.two(outputs["one"])
        outputs["three"] = network.three(outputs["two"])
        expected = written_out(network, x, label, [outputs[name][0] for name in names], variant)
        torch.testing.assert_close(map_, expected, rtol=1e-3, atol=1e-4)
    channels = 4 + 5 if layers else 2 + 4 + 5  # the channel that is zero makes no pass
    assert batch.passes.tolist() == [1 + channels * (2 if variant == "PM" else 1)] * 2


def test_of_one_layer_it_is_score_cam_with_probabilities(probe):
    """PCAM+ of the target layer alone, but for how channels are scaled to masks."""
    found, batch = run(probe, variant="P", layers="three")
    A = batch.activations()
    masks = torch.stack([torch.stack([sized(clipped(channel), (32, 32)) for channel in image]) for image in A])
    inputs = (batch.images[:, None] * masks[:, :, None]).flatten(0, 1)
    w = probe.network(inputs).softmax(1).unflatten(0, (2, 5))[torch.arange(2), :, CLASSES]
    maps = (w[:, :, None, None] * A).sum(1).relu()
    expected = torch.stack([sized(clipped(one), (32, 32)) for one in maps])
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_a_layer_that_is_not_there(probe):
    with pytest.raises(InputError, match="no layer 'four' that runs once and gives a map; such are"):
        run(probe, layers="two, four")
