"""KPCA-CAM against scikit-learn's kernel PCA and pytorch-grad-cam."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from peers import signed
from sklearn.decomposition import KernelPCA

from cambench.methods import kpcacam


def of(A, **settings):
    return kpcacam.cam(SimpleNamespace(activations=lambda: A), **settings)


@pytest.mark.parametrize("gamma", [0, 0.05])
@pytest.mark.parametrize("channels", [3, 60])
def test_kernel_pca(channels, gamma):
    A = torch.randn(2, channels, 5, 4, generator=torch.Generator().manual_seed(0))
    for found, activation in zip(of(A, gamma=gamma), A.double().numpy(), strict=True):
        X = activation.reshape(channels, -1).T
        kernel = KernelPCA(1, kernel="sigmoid", gamma=gamma or None)
        expected = kernel.fit_transform(X - X.mean(0)).reshape(found.shape)
        np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


def test_peer():
    theirs = signed().grad_cam("KPCA_CAM")
    assert torch.allclose(signed().ours("kpcacam"), theirs, atol=1e-4 * float(theirs.abs().max()))


def test_constant_activations_give_zeros():
    assert not of(torch.tensor([0.0, 0.1, 1e4 / 3]).view(1, 3, 1, 1).expand(2, 3, 7, 7)).any()


def test_an_image_that_is_not_finite_leaves_the_others_alone():
    A = torch.randn(3, 4, 5, 5)
    sound = of(A)
    A[1, 0, 2, 2] = torch.nan
    found = of(A)
    assert found[1].isnan().all()
    assert torch.allclose(found[[0, 2]], sound[[0, 2]])
