"""Baseline: the same Gaussian about the centre for every image, for photographers put their subject there."""

import torch
from torch import Tensor

from ..contract import ProbeLike

RELU = False


def cam(probe: ProbeLike, images: Tensor, classes: Tensor, *, sigma: float = 0.25) -> Tensor:
    """Gaussian of standard deviation `sigma`, a fraction of the side."""
    y, x = (torch.arange(side, device=images.device, dtype=torch.float32) for side in probe.map_shape)
    y, x = (y + 0.5) / len(y) - 0.5, (x + 0.5) / len(x) - 0.5
    return torch.exp(-(y[:, None] ** 2 + x**2) / (2 * sigma**2)).expand(len(images), -1, -1)
