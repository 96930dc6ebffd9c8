"""Finer-CAM against autograd through its utility, torch-cam and pytorch-grad-cam."""

import copy

import pytest
import pytorch_grad_cam
import torch
from conftest import unit
from peers import CLASSES, pooled, signed


def by_hand(twice, alpha, references, weights):
    """Grad-CAM of L, one image after the other."""
    maps = []
    for image, c in zip(twice.images, CLASSES.tolist(), strict=True):
        network, kept = copy.deepcopy(twice.network).requires_grad_(True), []
        layer = network.get_submodule(twice.layer)
        layer.register_forward_hook(lambda _, __, output, kept=kept: kept.append(output.clone()) or kept[-1])
        y = network(image[None])[0]
        near = sorted((other for other in range(len(y)) if other != c), key=lambda i: (y[i] - y[c]).abs().item())
        y_i = y[near[:references]]
        q = y_i.softmax(0) if weights == "softmax" else torch.ones_like(y_i) / len(y_i)
        (g,) = torch.autograd.grad(y[c] - alpha * (q * y_i).sum(), kept)
        maps.append((g.mean((2, 3), keepdim=True) * kept[0]).sum(1)[0].detach())
    return torch.stack(maps)


@pytest.mark.parametrize("weights", ["softmax", "mean"])
@pytest.mark.parametrize(("alpha", "references"), [(1, 3), (0.6, 1), (2, 9)])
@pytest.mark.parametrize("network", [pooled, signed])
def test_utility(network, alpha, references, weights):
    """Five classes: nine references are four."""
    expected = by_hand(network(), alpha, references, weights)
    found = network().ours("finercam", alpha=alpha, references=references, weights=weights)
    assert torch.allclose(found, expected, atol=1e-5 * float(expected.abs().max()))


def test_torch_cam_has_equal_weights():
    found = signed().ours("finercam", alpha=0.6, weights="mean")
    assert torch.allclose(found.relu(), signed().torch_cam("FinerCAM"), atol=1e-6)


def test_grad_cam():
    """Its comparison is with the class that it is given, the same for a whole batch."""
    twice = signed()
    found = twice.ours("finercam")
    for image, ours, c in zip(twice.images, found, CLASSES.tolist(), strict=True):
        network = copy.deepcopy(twice.network).requires_grad_(True)
        cam = pytorch_grad_cam.FinerCAM(network, [network.get_submodule(twice.layer)])
        theirs = torch.from_numpy(cam(image[None], target_idx=c))
        small = unit(ours[None]).view(1, 1, *ours.shape)
        large = torch.nn.functional.interpolate(small, theirs.shape[1:], mode="bilinear")[:, 0]
        assert torch.allclose(unit(large), unit(theirs), atol=1e-4)


@pytest.mark.parametrize("base", ["gradcam", "gradcampp", "layercam"])
def test_without_references_it_is_its_base(base):
    found = signed().ours("finercam", alpha=0, base=base)
    assert torch.allclose(found, signed().ours(base), rtol=1e-4, atol=1e-7)
    assert not torch.allclose(found, signed().ours("finercam", base=base), rtol=1e-2, atol=1e-5)


def test_one_pass_serves_gradients_of_the_class_and_of_a_sum_of_logits():
    batch = signed().batch()
    weights = torch.zeros(2, 5).scatter(1, CLASSES[:, None], 1)
    one = batch.weighted_gradients(2 * weights)[1]
    assert torch.allclose(one, 2 * batch.gradients()[1])
    assert batch.passes.tolist() == [1, 1]
