"""Gradients of the image: autograd's, counted, independent of the batch, and refused where there are none."""

import numpy as np
import pytest
import torch
from conftest import COMPUTE, PREPROCESSING, opened, small
from tiny import Tiny
from torch import nn

from cambench.errors import InputError
from cambench.methods._contract import bind
from cambench.networks.batches import gathered
from cambench.networks.build import build
from cambench.networks.open import open_probe
from cambench.networks.probe import Probe, Shard
from cambench.stages.saliency import explain

CLASSES = torch.tensor([0, 1, 2, 3, 4, 0])


class InPlace(Tiny):
    """Goes on with the image itself in place."""

    def forward(self, x):
        return super().forward(x.mul_(2).sub_(1))


class Cut(Tiny):
    """No gradient reaches the image, though one reaches the target layer."""

    def forward(self, x):
        return self.fc(self.relu(self.norm(self.stem(x).detach())).mean((2, 3)))


def autograd(network, images, classes):
    x = images.clone().requires_grad_()
    y = network(x.clone()).gather(1, classes[:, None])[:, 0]
    return y.detach(), torch.autograd.grad(y.sum(), x)[0]


def probe_of(kind, **options):
    torch.manual_seed(0)
    return Probe(kind().eval().requires_grad_(False), "relu", PREPROCESSING, **options)


@pytest.mark.parametrize("kind", [Tiny, InPlace])
@pytest.mark.parametrize("channels_last", [True, False])
def test_input_gradients_are_autograds(pixels, kind, channels_last):
    probe = probe_of(kind, channels_last=channels_last)
    batch = opened(probe, pixels, CLASSES)
    before = batch.images.clone()
    for found, expected in zip(batch.input_gradients(), autograd(probe.network, before, CLASSES), strict=True):
        torch.testing.assert_close(found, expected)
        assert not found.requires_grad
    assert torch.equal(batch.images, before)
    assert not batch.images.requires_grad


def test_one_pass_serves_the_logits_too(tiny, pixels):
    batch = opened(tiny, pixels, CLASSES)
    batch.input_gradients()
    torch.testing.assert_close(batch.logits(), tiny.network(batch.images))
    assert batch.passes.tolist() == [1] * 6
    assert torch.equal(batch.activations(), opened(tiny, pixels, CLASSES).activations())
    assert batch.passes.tolist() == [2] * 6


def test_of_changed_inputs_owners_say_whose_class_counts(tiny, pixels):
    batch, owners = opened(tiny, pixels, CLASSES), torch.tensor([3, 3, 1])
    inputs = batch.images[:3] / 2
    for found, expected in zip(
        batch.input_gradients(inputs, owners), autograd(tiny.network, inputs, CLASSES[owners]), strict=True
    ):
        torch.testing.assert_close(found, expected)
    assert batch.passes.tolist() == [0, 1, 0, 2, 0, 0]


def test_an_image_that_is_not_finite_has_no_gradient(tiny, pixels):
    """Though the ReLU gives a finite one."""
    batch = opened(tiny, pixels, CLASSES)
    sound = batch.input_gradients()[1]
    images = batch.images.clone()
    images[2] = torch.nan
    assert autograd(tiny.network, images, CLASSES)[1][2].isfinite().all()
    y, g = batch.input_gradients(images)
    assert y.isnan().tolist() == [False, False, True, False, False, False]
    assert g[2].isnan().all()
    torch.testing.assert_close(g[[0, 1, 3, 4, 5]], sound[[0, 1, 3, 4, 5]])


@pytest.mark.parametrize("cam", ["gradient", "fullgrad"])
def test_a_network_that_lets_no_gradient_through_is_refused(pixels, cam):
    with pytest.raises(InputError, match="needs a gradient of the image, and none reaches it from the logits"):
        bind(cam, {}, 8)(opened(probe_of(Cut), pixels, CLASSES))


@pytest.mark.parametrize("cam", ["gradient", "fullgrad", "opticam", "shapleycam"])
def test_out_of_memory_halves_the_images(tiny, pixels, cam):
    """A network that takes no more than three inputs at once."""
    hungry, shard = build("hungry", small("tiny:Hungry")), Shard(pixels, CLASSES.numpy(), np.arange(6))
    probe = Probe(hungry, "relu", PREPROCESSING, batch=8)
    shape = probe.map_shape if cam == "shapleycam" else (32, 32)
    options = {"steps": 2, "stop": False} if cam == "opticam" else {}
    found, expected = (gathered(explain(net, bind(cam, options, 8), shard, shape)) for net in (probe, tiny))
    np.testing.assert_allclose(found["raw"], expected["raw"], rtol=1e-3, atol=1e-5)
    np.testing.assert_array_equal(found["passes"], expected["passes"])


@pytest.mark.parametrize("cam", ["gradient", "fullgrad", "shapleycam"])
def test_in_bfloat16_maps_are_similar(tiny, pixels, cam, monkeypatch):
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: True)  # without it, it is but slow
    low = open_probe("tiny", small(), {**COMPUTE, "precision": "bfloat16"})
    one, other = (bind(cam, {}, 8)(opened(probe, pixels, CLASSES))[0] for probe in (low, tiny))
    assert one.dtype == torch.float32
    assert torch.corrcoef(torch.stack([one.flatten(), other.flatten()]))[0, 1] > 0.98


def test_gradients_may_be_asked_in_any_order(tiny, pixels):
    batch = opened(tiny, pixels, CLASSES)
    _, g = batch.gradients()
    _, curved, _ = batch.curvature(lambda y, _: y)
    _, weighted = batch.weighted_gradients(nn.functional.one_hot(CLASSES, 5).float())
    torch.testing.assert_close(curved, g)
    torch.testing.assert_close(weighted, g)
    batch.input_gradients()
    batch.bias_gradients(lambda term: term)
    assert batch.passes.tolist() == [4] * 6
