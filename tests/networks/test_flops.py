"""Operations are counted, and those of the machine are measured."""

import torch

from cambench.networks import flops


def test_operations(tiny):
    """A convolution 5 x 5 from 3 channels to 4 at 8 x 8, then 4 x 5: two operations per multiplication and addition."""
    assert flops.operations(tiny.network, torch.zeros((3, 3, 32, 32))) == 2 * (8 * 8 * 4 * 3 * 25 + 4 * 5)


def test_peak(monkeypatch):
    monkeypatch.setattr(flops, "_SECONDS", 0.01)
    assert flops.peak(torch.device("cpu")) > 1e9
