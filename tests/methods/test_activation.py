"""The activation map is the mean over channels."""

import torch
from peers import signed


def test_mean_over_channels():
    A, _, _ = signed().seen()
    expected = sum(A[:, k] for k in range(A.shape[1])) / A.shape[1]
    assert torch.allclose(signed().ours("activation"), expected, atol=1e-6)
