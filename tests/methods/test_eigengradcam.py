"""Eigen-Grad-CAM: numpy's singular vectors, and pytorch-grad-cam's up to the sign that it leaves to chance."""

import numpy as np
import pytest
import torch
from conftest import COMPUTE, opened, small
from pytorch_grad_cam import EigenGradCAM

from cambench.methods._contract import bind
from cambench.networks.open import open_probe

PIXELS = np.random.default_rng(5).integers(0, 255, (3, 32, 32, 3), dtype=np.uint8)
CLASSES = torch.tensor([1, 3, 0])


@pytest.fixture(scope="module")
def signed():
    """A network whose target layer has values of both signs."""
    return open_probe("mapped", small("tiny:Mapped", layer="maps"), COMPUTE)


@pytest.mark.parametrize("network", ["tiny", "signed"])
def test_numpys_svd_and_the_sign_of_hirescam(request, network):
    batch = opened(request.getfixturevalue(network), PIXELS, CLASSES)
    maps, _ = bind("eigengradcam", {}, COMPUTE["batch"])(batch)
    A, g = (values.double().numpy() for values in batch.gradients())
    for found, weighted in zip(maps.double().numpy(), g * A, strict=True):
        X = weighted.reshape(len(weighted), -1).T
        X = X - X.mean(0)
        expected = (X @ np.linalg.svd(X)[2][0]).reshape(found.shape)
        expected *= np.sign((expected * weighted.sum(0)).sum())
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())
    assert batch.passes.tolist() == [1] * 3


def test_pytorch_grad_cam_up_to_sign(tiny):
    batch = opened(tiny, PIXELS, CLASSES)
    maps, _ = bind("eigengradcam", {}, COMPUTE["batch"])(batch)
    A, g = (values.numpy() for values in batch.gradients())
    peer = EigenGradCAM(tiny.network, [tiny.network.relu])
    theirs = torch.from_numpy(np.asarray(peer.get_cam_image(batch.images, tiny.network.relu, [], A, g, False)))
    peer.activations_and_grads.release()
    sign = torch.sign((maps * theirs).sum((1, 2), keepdim=True))
    torch.testing.assert_close(maps, sign * theirs, rtol=1e-4, atol=1e-5 * float(maps.abs().max()))


def test_of_zeros_the_map_is_zero(tiny):
    """Channel 2 of Tiny is zero; so is every product with a gradient of zero."""
    batch = opened(tiny, PIXELS, CLASSES)
    A, g = batch.gradients()
    vars(batch)["_gradient"] = torch.zeros_like(g)
    assert not bind("eigengradcam", {}, COMPUTE["batch"])(batch)[0].any()
    assert A.any()
