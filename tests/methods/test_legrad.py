"""LeGrad against torch-cam's, and against the formula on a network whose attention is known."""

import copy

import numpy as np
import pytest
import torch
import vits
from conftest import COMPUTE, opened
from torchcam.methods import LeGrad

from cambench.methods._contract import bind

PIXELS = np.random.default_rng(4).integers(0, 255, (3, 32, 32, 3), dtype=np.uint8)
CLASSES = [1, 3, 0]


def legrad(probe, **settings):
    batch = opened(probe, PIXELS, CLASSES)
    return bind("legrad", settings, COMPUTE["batch"])(batch)[0], batch.passes


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_same_map_as_torch_cam(layers):
    probe = vits.probe("torchvision_vit", layers=3)
    network = copy.deepcopy(probe.network).requires_grad_(True)
    with LeGrad(network, list(network.encoder.layers)[-layers:]) as peer:
        network(probe.prepare(PIXELS))
        expected = peer(CLASSES, normalized=False)[0]
    ours, passes = legrad(probe, layers=layers)
    assert torch.allclose(ours, expected, atol=1e-5 * float(expected.max()))
    assert passes.tolist() == [1, 1, 1]


def test_one_block_by_hand():
    """s = fc(norm(mean of tokens + A V)): its gradient crosses the mean over queries, so all rows are alike."""
    probe = vits.probe("Plain", blocks=1)
    network, (block,) = copy.deepcopy(probe.network).double(), probe.network.blocks
    for image, found in enumerate(legrad(probe, layers=1)[0].double()):
        with torch.no_grad():
            tokens = network.embedded(probe.prepare(PIXELS[image : image + 1]).double())[0]
            value = network.blocks[0].value(network.blocks[0].norm1(tokens))  # (T, 8), of two heads
            A = block.logits.double().softmax(-1)
            mixed = torch.cat([A[head] @ value[:, 4 * head : 4 * head + 4] for head in range(2)], 1)
        mean = (tokens + mixed).mean(0).requires_grad_()
        (slope,) = torch.autograd.grad(network.fc(network.norm(mean))[CLASSES[image]], mean)
        heads = [value[:, 4 * head : 4 * head + 4] @ slope[4 * head : 4 * head + 4] / 17 for head in range(2)]
        expected = torch.stack(heads).clamp(min=0).mean(0)[1:]
        assert torch.allclose(found.flatten(), expected, rtol=1e-4, atol=1e-7)
