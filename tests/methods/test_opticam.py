"""Opti-CAM: its first steps by hand, and the whole search written as one graph, image by image."""

import numpy as np
import pytest
import torch
from conftest import COMPUTE, PREPROCESSING, opened
from torch import nn
from torch.nn.functional import interpolate

from cambench.methods._contract import bind
from cambench.networks.probe import Probe

PIXELS = np.random.default_rng(6).integers(0, 255, (3, 32, 32, 3), dtype=np.uint8)
CLASSES = torch.tensor([1, 3, 0])


class Smooth(nn.Sequential):
    def __init__(self):
        trunk = (nn.Conv2d(3, 6, 5, 4), nn.SiLU(), nn.Conv2d(6, 6, 3), nn.Identity())
        super().__init__(*trunk, nn.SiLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 5))


@pytest.fixture(scope="module")
def smooth():
    torch.manual_seed(2)
    return Probe(Smooth().eval().requires_grad_(False), "3", PREPROCESSING)


def run(probe, pixels=PIXELS, classes=CLASSES, **options):
    batch = opened(probe, pixels, classes)
    return bind("opticam", options, COMPUTE["batch"])(batch)[0], batch


def mixed(w, A):
    large = interpolate((w.softmax(0)[:, None, None] * A).sum(0)[None, None], (32, 32), mode="bilinear")[0, 0]
    return (large - large.min()) / (large.max() - large.min())


def search(probe, image, label, steps, mask, stop):
    """One image, with the gradient through the network and the mask at once; the map, and the steps made."""
    mean, std = (torch.tensor(PREPROCESSING[key])[:, None, None] for key in ("mean", "std"))
    A = probe.cut(image[None])[1][0].relu()
    w, before = torch.full((len(A),), 0.5, requires_grad=True), torch.inf
    adam = torch.optim.Adam([w], lr=0.1)
    for step in range(steps):
        S = mixed(w, A)
        shown = image * S if mask == "normalised" else ((image * std + mean) * S - mean) / std
        adam.zero_grad()
        loss = -probe.network(shown[None])[0, label]
        loss.backward()
        adam.step()
        if stop and step % max(1, steps // 10) == 0:
            if loss > before:
                return S.detach(), step + 1
            before = loss.detach()
    return mixed(w, A).detach(), steps


@pytest.mark.parametrize(("mask", "stop", "steps"), [("pixels", True, 50), ("normalised", False, 10)])
def test_the_search_image_by_image(smooth, mask, stop, steps):
    found, batch = run(smooth, mask=mask, stop=stop, steps=steps)
    expected = [search(smooth, *each, steps, mask, stop) for each in zip(batch.images, CLASSES, strict=True)]
    torch.testing.assert_close(found, torch.stack([S for S, _ in expected]), rtol=1e-3, atol=1e-4)
    assert batch.passes.tolist() == [1 + made for _, made in expected]
    assert any(made < steps for _, made in expected) == stop


def test_once_the_search_of_every_image_has_ended_nothing_is_forwarded(smooth):
    """A network may not take a batch of no images."""
    forwarded = []
    handle = smooth.network.register_forward_pre_hook(lambda _, args: forwarded.append(len(args[0])))
    _, batch = run(smooth, PIXELS[2:], CLASSES[2:])
    handle.remove()
    assert batch.passes < 51
    assert forwarded == [1] * int(batch.passes)


def test_without_steps_it_is_the_mean_of_positive_activations(tiny):
    found, batch = run(tiny, steps=0)
    expected = [mixed(torch.zeros(4), A.relu()) for A in batch.activations()]
    torch.testing.assert_close(found, torch.stack(expected))
    assert batch.passes.tolist() == [1] * 3


def test_the_first_step_moves_every_weight_by_the_rate(smooth):
    """Adam's first step is the sign of the gradient, times the rate."""
    found, batch = run(smooth, steps=1, rate=0.3, stop=False)
    for S, A, image, label in zip(found, batch.activations(), batch.images, CLASSES, strict=True):
        w = torch.full((6,), 0.5, requires_grad=True)
        shown = batch.black()[0] + mixed(w, A.relu()) * (image - batch.black()[0])
        (g,) = torch.autograd.grad(smooth.network(shown[None])[0, label], w)
        torch.testing.assert_close(S, mixed(w + 0.3 * g.sign(), A.relu()).detach(), rtol=1e-4, atol=1e-5)


def test_the_logit_becomes_larger(smooth):
    def shown(maps, batch):
        return batch.black() + maps[:, None] * (batch.images - batch.black())

    (found, batch), (begun, _) = run(smooth, steps=10), run(smooth, steps=0)
    logits = [smooth.network(shown(maps, batch)).gather(1, CLASSES[:, None])[:, 0] for maps in (begun, found)]
    assert (logits[1] > logits[0]).all()


def test_of_activations_without_a_positive_one_the_map_is_zero(smooth):
    """The sum is constant, where the authors' code divides by 0."""
    batch = opened(smooth, PIXELS, CLASSES)
    clean = batch.activations()
    vars(batch)["_clean"] = batch._clean._replace(maps=-clean.abs())
    assert torch.equal(bind("opticam", {"steps": 2}, COMPUTE["batch"])(batch)[0], torch.zeros(3, 32, 32))
