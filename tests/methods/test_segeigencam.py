"""Seg-Eigen-CAM against numpy's SVD and pytorch-grad-cam."""

import numpy as np
import torch
from peers import signed


def by_hand(A, g):
    X = (np.abs(g) * A).reshape(len(A), -1).T
    X = X - X.mean(0)
    projection = X @ np.linalg.svd(X)[2][0]
    return projection * (-1 if abs(projection.min()) > abs(projection.max()) else 1)


def test_svd():
    A, g, _ = signed().seen()
    for found, *given in zip(signed().ours("segeigencam"), A.double().numpy(), g.double().numpy(), strict=True):
        expected = by_hand(*given).reshape(found.shape)
        np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


def test_peer():
    theirs = signed().grad_cam("SegEigenCAM")
    assert torch.allclose(signed().ours("segeigencam"), theirs, atol=1e-5 * float(theirs.abs().max()))
