"""FullGrad: written out by hand, complete where the network is linear in pieces, and what pytorch-grad-cam has."""

import numpy as np
import pytest
import pytorch_grad_cam
import torch
from conftest import COMPUTE, PREPROCESSING, opened, settings, small
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import nn
from torch.nn.functional import interpolate

from cambench import methods
from cambench.methods._contract import bind
from cambench.networks.build import build
from cambench.networks.open import open_probe
from cambench.networks.probe import Probe

PIXELS = np.random.default_rng(4).integers(0, 255, (2, 32, 32, 3), dtype=np.uint8)
CLASSES = torch.tensor([1, 3])


class Twice(nn.Module):
    """Runs a convolution twice, goes on in place, and has a batch norm without weights."""

    def __init__(self):
        super().__init__()
        self.stem, self.mix = nn.Conv2d(3, 4, 4, 4), nn.Conv2d(4, 4, 3, padding=1)
        self.norm, self.relu, self.fc = nn.BatchNorm2d(4, affine=False), nn.ReLU(inplace=True), nn.Linear(4, 5)
        self.norm.running_mean.uniform_(-1, 1)

    def forward(self, x):
        x = self.relu(self.mix(self.relu(self.norm(self.mix(self.stem(x))))))
        return self.fc(x.mean((2, 3)))


@pytest.fixture(scope="module")
def twice():
    torch.manual_seed(0)
    return Probe(Twice().eval().requires_grad_(False), "stem", PREPROCESSING)


@pytest.fixture(scope="module")
def resnet():
    """A small residual network whose batch norms have shifted a little."""
    block = settings(name="resnet18", preprocessing=PREPROCESSING, layer="layer2")
    torch.manual_seed(0)
    network = build("resnet18", block)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.uniform_(-0.1, 0.1)
            module.bias.uniform_(-0.1, 0.1)
    return Probe(network, "layer2", PREPROCESSING)


def unit(values):
    """The authors' scaling: magnitudes, in [0, 1] over channels and positions of an image."""
    values = values.abs().flatten(1)
    values = values - values.min(1, keepdim=True)[0]
    return values / (values.max(1, keepdim=True)[0] + 1e-6)


def close(found, expected):
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5 * float(expected.abs().max()))


def test_written_out_for_a_network_whose_gradients_are_known(tiny):
    """Of Tiny, whose convolution has a bias in front of its batch norm: opened, the two are one layer."""
    network, batch = build("tiny", small()), opened(tiny, PIXELS, CLASSES)
    x, norm, before = batch.images, network.norm, []
    network.norm.register_forward_hook(lambda _, __, output: before.append(output.clone()))
    network(x)
    g = (before[0] > 0) * network.fc.weight[CLASSES][:, :, None, None] / 64  # after the batch norm
    scale = norm.weight / (norm.running_var + norm.eps).sqrt()
    at_stem = g * scale[:, None, None]
    dx = torch.nn.functional.conv_transpose2d(at_stem, network.stem.weight, stride=4, padding=2, output_padding=3)
    maps = unit(dx * x).view_as(x).sum(1)
    for gradient, bias in ((at_stem, network.stem.bias), (g, norm.bias - scale * norm.running_mean)):
        term = unit(gradient * bias[:, None, None]).view_as(g)
        maps = maps + interpolate(term, (32, 32), mode="bilinear", align_corners=True).sum(1)
    close(bind("fullgrad", {}, COMPUTE["batch"])(batch)[0], maps.detach())
    assert batch.passes.tolist() == [1, 1]


@pytest.mark.parametrize("network", ["tiny", "twice", "resnet"])
def test_a_network_linear_in_pieces_is_its_terms(request, network):
    """y = sum x dy/dx + sum of every g b, and the bias of the last layer; also with layers that run twice."""
    probe = request.getfixturevalue(network)
    batch = opened(probe, PIXELS, CLASSES)
    gradient, terms = batch.bias_gradients(lambda term: term.flatten(1).sum(1))
    total = (batch.images * gradient).flatten(1).sum(1) + sum(terms) + probe.network.fc.bias[CLASSES]
    torch.testing.assert_close(total, batch.logits().gather(1, CLASSES[:, None])[:, 0], rtol=1e-4, atol=1e-4)
    assert len(terms) == {"tiny": 2, "twice": 4, "resnet": 20}[network]


def test_folded_and_as_it_was_a_network_has_the_same_terms():
    plain, folded = Probe(build("tiny", small()), "relu", PREPROCESSING), open_probe("tiny", small(), COMPUTE)
    assert isinstance(folded.network.norm, nn.Identity)
    assert set(folded.network.state_dict()) < set(plain.network.state_dict())
    found = [opened(probe, PIXELS, CLASSES).bias_gradients(lambda term: term) for probe in (plain, folded)]
    for one, other in zip((found[0][0], *found[0][1]), (found[1][0], *found[1][1]), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_pytorch_grad_cam_scales_every_channel_by_itself(resnet):
    """It has the same terms, but all channels count alike, which is another map."""
    peer = pytorch_grad_cam.FullGrad(resnet.network, [])
    images = resnet.prepare(PIXELS)
    theirs = torch.from_numpy(peer(images, [ClassifierOutputTarget(int(c)) for c in CLASSES]))
    peer.activations_and_grads.release()
    batch = opened(resnet, PIXELS, CLASSES)
    gradient, terms = batch.bias_gradients(each_channel)
    alike = scaled(sum(terms) + each_channel(batch.images * gradient))
    assert float((alike - theirs).abs().max()) < 0.02  # it enlarges with OpenCV
    ours = scaled(bind("fullgrad", {}, COMPUTE["batch"])(opened(resnet, PIXELS, CLASSES))[0])
    assert float((ours - theirs).abs().max()) > 0.1


def each_channel(values):
    """Magnitudes, each channel in [0, 1], enlarged, summed."""
    single = unit(values.flatten(0, 1)).view_as(values)
    return interpolate(single, (32, 32), mode="bilinear").sum(1)


def scaled(maps):
    low, high = maps.amin((1, 2), keepdim=True), maps.amax((1, 2), keepdim=True)
    return (maps - low) / (high - low)


def test_networks_of_tokens_are_refused():
    assert methods.refusal("fullgrad", {"layout": "nchw"}) is None
    assert methods.refusal("fullgrad", {"layout": "tokens"}).startswith("needs a convolutional network")
