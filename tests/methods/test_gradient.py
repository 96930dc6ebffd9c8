"""Gradient, Input x Gradient, Integrated Gradients and SmoothGrad: captum's, their identities, and a linear network."""

import captum.attr
import numpy as np
import pytest
import torch
from conftest import COMPUTE, PREPROCESSING, opened
from torch import nn

from cambench.methods._contract import bind
from cambench.networks.probe import Probe

PIXELS = np.random.default_rng(2).integers(0, 255, (3, 32, 32, 3), dtype=np.uint8)
CLASSES = torch.tensor([1, 3, 0])
PASSES = {"gradient": 1, "inputxgradient": 1, "integratedgradients": 50, "smoothgrad": 50}


class Linear(nn.Module):
    """A network whose logits are linear in the image: its gradient is the same everywhere."""

    def __init__(self):
        super().__init__()
        self.stem, self.grid, self.fc = nn.Conv2d(3, 4, 4, 4), nn.Identity(), nn.Linear(4, 5)

    def forward(self, x):
        return self.fc(self.grid(self.stem(x)).mean((2, 3)))


class Smooth(nn.Sequential):
    """A network without corners, at which rounding alone would decide a gradient."""

    def __init__(self):
        first, second = nn.Conv2d(3, 8, 5, 2), nn.Conv2d(8, 16, 3)
        super().__init__(first, nn.SiLU(inplace=True), second, nn.GELU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.append(nn.Linear(16, 5))


def probe(kind, layer):
    torch.manual_seed(0)
    return Probe(kind().eval().requires_grad_(False), layer, PREPROCESSING)


@pytest.fixture(scope="module")
def smooth():
    return probe(Smooth, "3")


@pytest.fixture(scope="module")
def linear():
    return probe(Linear, "grid")


def run(probe, cam, **options):
    batch = opened(probe, PIXELS, CLASSES)
    return bind(cam, options, COMPUTE["batch"])(batch)[0], batch


def close(found, expected):
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5 * float(expected.abs().max()))


@pytest.mark.parametrize("reduce", ["abs", "signed", "max"])
@pytest.mark.parametrize(
    ("cam", "theirs", "given"),
    [
        ("gradient", lambda net: captum.attr.Saliency(net), {"abs": False}),
        ("inputxgradient", lambda net: captum.attr.InputXGradient(net), {}),
        ("integratedgradients", lambda net: captum.attr.IntegratedGradients(net), {"n_steps": 5}),
    ],
)
def test_captum(smooth, cam, theirs, given, reduce):
    options = {"steps": 5} if "n_steps" in given else {}
    images = smooth.prepare(PIXELS).requires_grad_()
    values = theirs(smooth.network).attribute(images, target=CLASSES, **given).detach().float()
    expected = {"abs": values.abs().sum(1), "signed": values.sum(1), "max": values.abs().amax(1)}[reduce]
    found, batch = run(smooth, cam, reduce=reduce, **options)
    close(found, expected)
    assert batch.passes.tolist() == [5 if options else 1] * 3


def test_captum_from_black(smooth):
    black = smooth.prepare(np.zeros_like(PIXELS))
    peer = captum.attr.IntegratedGradients(smooth.network)
    values = peer.attribute(smooth.prepare(PIXELS), black, target=CLASSES, n_steps=3).float()
    close(run(smooth, "integratedgradients", steps=3, baseline="black")[0], values.abs().sum(1))


@pytest.mark.parametrize("baseline", ["mean", "black"])
def test_integrated_gradients_are_complete(smooth, baseline):
    """They sum to y(x) - y(x0)."""
    found, batch = run(smooth, "integratedgradients", steps=20, baseline=baseline, reduce="signed")
    start = batch.black().expand_as(batch.images) if baseline == "black" else torch.zeros_like(batch.images)
    y, y0 = (smooth.network(x).gather(1, batch.classes[:, None])[:, 0] for x in (batch.images, start))
    torch.testing.assert_close(found.sum((1, 2)), y - y0, rtol=1e-4, atol=1e-5)


def test_of_a_linear_network_all_are_one(linear):
    """x0 = 0: Integrated Gradients = Input x Gradient; whatever the noise: SmoothGrad = Gradient = the weights."""
    gradient, batch = run(linear, "gradient", reduce="signed")
    network = linear.network
    weights = torch.einsum("nk,kcij->nij", network.fc.weight[batch.classes], network.stem.weight) / 64
    close(gradient, weights.repeat(1, 8, 8))
    close(run(linear, "smoothgrad", samples=2, reduce="signed")[0], gradient)
    product, _ = run(linear, "inputxgradient", reduce="signed")
    close(run(linear, "integratedgradients", steps=1, reduce="signed")[0], product)


def test_smoothgrad_without_noise_is_the_gradient(smooth):
    close(run(smooth, "smoothgrad", samples=2, sigma=0)[0], run(smooth, "gradient")[0])


def test_smoothgrad_averages_signed_gradients_at_noisy_images(smooth):
    """The noise is a share of the image's own range; magnitudes are taken of the mean, not before."""
    found, batch = run(smooth, "smoothgrad", samples=3, sigma=0.5, seed=7)
    random, expected = batch.random(7), []
    noise = [random.normal((3, 32, 32)) for _ in range(3)]
    for row, image in enumerate(batch.images):
        noisy = torch.stack([image + 0.5 * (image.max() - image.min()) * of_all[row] for of_all in noise])
        noisy.requires_grad_()
        (g,) = torch.autograd.grad(smooth.network(noisy)[:, batch.classes[row]].sum(), noisy)
        expected.append(g.mean(0).abs().sum(0))
    close(found, torch.stack(expected))


@pytest.mark.parametrize("name", PASSES)
def test_passes(tiny, name):
    assert run(tiny, name)[1].passes.tolist() == [PASSES[name]] * 3
