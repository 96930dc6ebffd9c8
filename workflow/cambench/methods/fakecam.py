"""Fake-CAM: 1 everywhere and 0 in the top-left corner, the map that fools Average Drop (Poppi et al., CVPRW 2021)."""

import torch
from torch import Tensor

from ._contract import Batch

RELU = False
RESOLUTION = "input"
CONTROL = True


def cam(batch: Batch) -> Tensor:
    """The same map for every image; no pass is made."""
    maps = torch.ones((len(batch), *batch.input_shape), device=batch.device)
    maps[:, 0, 0] = 0
    return maps
