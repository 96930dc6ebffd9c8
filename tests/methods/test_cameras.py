"""CAMERAS against a loop over sizes; of one size it is HiResCAM of enlarged activations and gradients."""

import copy

import numpy as np
import pytest
import torch
from conftest import COMPUTE, opened, small
from peers import CLASSES, PIXELS, Twice, signed
from torch.nn.functional import interpolate

from cambench import methods
from cambench.errors import InputError
from cambench.methods import cameras
from cambench.methods._contract import bind
from cambench.networks.describe import describe
from cambench.networks.open import open_probe


def seen(images):
    network, kept = copy.deepcopy(signed().network).requires_grad_(True), []
    network.layer.register_forward_hook(lambda _, __, output: kept.append(output.clone()) or kept[-1])
    (g,) = torch.autograd.grad(network(images).gather(1, CLASSES[:, None]).sum(), kept)
    return [interpolate(values.detach(), (32, 32), mode="bilinear") for values in (kept[0], g)]


def by_hand(sizes):
    shown = [signed().images] + [interpolate(signed().images, (size, size), mode="bicubic") for size in sizes[1:]]
    A, g = (sum(values) / len(sizes) for values in zip(*map(seen, shown), strict=True))
    return (A * g).sum(1)


@pytest.mark.parametrize("elements", [cameras._ELEMENTS, 1])
def test_sizes(monkeypatch, elements):
    """Whatever is enlarged at a time."""
    monkeypatch.setattr(cameras, "_ELEMENTS", elements)
    expected = by_hand([32, 52, 72])
    found = signed().ours("cameras", sizes=3, step=20)
    assert torch.allclose(found, expected, atol=1e-5 * float(expected.abs().max()))


def test_of_one_size_it_is_hirescam_at_the_size_of_the_image():
    A, g = seen(signed().images)
    assert torch.allclose(signed().ours("cameras", sizes=1), (A * g).sum(1), atol=1e-6)
    pixels = np.full_like(PIXELS, 90)  # flat activations and gradients, but for the borders, are the same enlarged
    both = {"hirescam": {}, "cameras": {"sizes": 1}}.items()
    flat, large = (bind(cam, chosen, 8)(opened(signed().probe, pixels, CLASSES))[0] for cam, chosen in both)
    assert torch.allclose(large[:, 15:17, 15:17], flat[:, 3:4, 3:4].expand(-1, 2, 2), atol=1e-6)


def test_the_longer_side_grows_in_proportion():
    block = {**small("peers:Signed", layer="layer")}
    block["preprocessing"] = {**block["preprocessing"], "crop": [24, 40]}
    probe, sizes = open_probe("net", block, COMPUTE), []
    handle = probe.network.register_forward_pre_hook(lambda _, args: sizes.append(tuple(args[0].shape[2:])))
    batch = opened(probe, np.zeros((1, 24, 40, 3), np.uint8))
    assert bind("cameras", {"sizes": 3, "step": 6}, 8)(batch)[0].shape == (1, 24, 40)
    handle.remove()
    assert sizes == [(24, 40), (30, 50), (36, 60)]
    assert batch.passes.tolist() == [3]


def test_a_network_whose_facts_are_known_may_be_given_other_sizes():
    """Its maps are held against them at its own size alone."""
    block = small("peers:Signed", layer="layer")
    probe = open_probe("net", block, COMPUTE, known=describe("net", block, COMPUTE))
    found = bind("cameras", {"sizes": 2, "step": 16}, 8)(opened(probe, PIXELS, CLASSES))[0]
    assert torch.allclose(found, signed().ours("cameras", sizes=2, step=16), atol=1e-6)


def test_networks_of_one_size():
    reason = "needs a network that takes images of several sizes; one that gives tokens takes one"
    assert methods.refusal("cameras", {"layout": "tokens"}) == reason
    assert methods.refusal("cameras", {"layout": "map"}) is None
    twice = Twice("peers:Fixed", "layer")
    with pytest.raises(InputError, match=r"^cameras: the network takes no images of 48 x 48 pixels: mat1 [^\n]*$"):
        twice.ours("cameras", sizes=2, step=16)
