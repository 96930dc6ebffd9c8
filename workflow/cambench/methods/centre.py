"""Baseline: the same Gaussian about the centre for every image, because photographers put their subject there."""

from typing import Annotated

import torch
from torch import Tensor

from ._contract import Batch
from ._settings import Range

RELU = False
CONTROL = True


def cam(batch: Batch, *, sigma: Annotated[float, Range(above=0)] = 0.25) -> Tensor:
    """Gaussian of standard deviation `sigma`, a fraction of each side: an ellipse on a rectangle."""
    y, x = (torch.arange(side, device=batch.device, dtype=torch.float32) for side in batch.map_shape)
    y, x = (y + 0.5) / len(y) - 0.5, (x + 0.5) / len(x) - 0.5
    return torch.exp(-(y[:, None] ** 2 + x**2) / (2 * sigma**2)).expand(len(batch), -1, -1)
