"""Integrated Grad-CAM against a loop over images between black and the image."""

import copy

import pytest
import torch
from peers import CLASSES, signed


def gradcam(images):
    """Grad-CAM of images (n, 3, H, W), by autograd on the plain network, after its ReLU."""
    network, kept = copy.deepcopy(signed().network).requires_grad_(True), []
    network.layer.register_forward_hook(lambda _, __, output: kept.append(output.clone()) or kept[-1])
    (g,) = torch.autograd.grad(network(images).gather(1, CLASSES[:, None]).sum(), kept)
    return (g.mean((2, 3), keepdim=True) * kept[0]).sum(1).relu().detach()


@pytest.mark.parametrize(("rule", "shares"), [("left", [0, 0.25, 0.5, 0.75]), ("right", [0.25, 0.5, 0.75, 1])])
def test_steps(rule, shares):
    x = signed().images
    black = torch.full_like(x, -0.5 / 0.25)
    expected = sum(gradcam(black + share * (x - black)) for share in shares)
    assert torch.allclose(signed().ours("integratedgradcam", steps=4, rule=rule), expected, atol=1e-5)


def test_one_step_is_grad_cam_after_its_relu():
    found = signed().ours("integratedgradcam", steps=1, rule="right")
    assert found.any()
    assert torch.allclose(found, signed().ours("gradcam").relu(), atol=1e-6)


def test_the_left_rule_leaves_the_image_out():
    found = signed().ours("integratedgradcam", steps=1)
    assert torch.allclose(found, gradcam(torch.full_like(signed().images, -2)), atol=1e-6)
