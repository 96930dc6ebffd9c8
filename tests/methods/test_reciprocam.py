"""The Gaussian of Recipro-CAM, which spreads the vector of a position, against a loop that writes each neighbour."""

import pytest
import torch
from peers import CLASSES, pooled, signed

KERNEL = {0: 0.5, 1: 0.25}  # by distance along one side; in the plane their product


@pytest.mark.parametrize("network", [pooled, signed])
def test_gaussian(network):
    twice = network()
    A, _, _ = twice.seen()
    n, _, h, w = A.shape
    expected = torch.zeros(n, h, w)
    for i in range(h):
        for j in range(w):
            spread = torch.zeros_like(A)
            for row in range(max(0, i - 1), min(h, i + 2)):
                for column in range(max(0, j - 1), min(w, j + 2)):
                    spread[:, :, row, column] = A[:, :, i, j] * KERNEL[abs(row - i)] * KERNEL[abs(column - j)]
            handle = twice.network.get_submodule(twice.layer).register_forward_hook(lambda *_, spread=spread: spread)
            expected[:, i, j] = twice.probability(twice.images).gather(1, CLASSES[:, None])[:, 0]
            handle.remove()
    assert torch.allclose(twice.ours("reciprocam", gaussian=True), expected, atol=1e-6)
    assert not torch.allclose(twice.ours("reciprocam"), expected, atol=1e-4)
