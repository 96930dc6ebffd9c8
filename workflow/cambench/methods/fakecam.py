"""Fake-CAM: 1 everywhere and 0 in the top-left corner, the map that fools Average Drop (Poppi et al., CVPRW 2021)."""

import torch
from torch import Tensor

from ..contract import ProbeLike

RELU = False
RESOLUTION = "input"


def cam(probe: ProbeLike, images: Tensor, classes: Tensor) -> Tensor:
    """The same map for every image; no pass is made."""
    maps = torch.ones((len(images), *probe.input_shape), device=images.device)
    maps[:, 0, 0] = 0
    return maps
