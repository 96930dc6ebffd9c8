"""Integrated Grad-CAM: sum_i ReLU(Grad-CAM at x_0 + i / N (x - x_0)) (Sattarzadeh et al., ICASSP 2021).

x_0 is the black image, and i runs from 0 to N - 1 as in the authors' code: the first step is the same for all images,
and the image itself is left out. `rule: right` takes i from 1 to N; with one step it is Grad-CAM after its ReLU. The
paper has A(x) - A(x_0) where the code has A at the step.
"""

from typing import Annotated, Literal

import torch
from torch import Tensor

from ._contract import Batch
from ._settings import Range

RELU = False
PASSES = "steps"


def cam(batch: Batch, *, steps: Annotated[int, Range(1)] = 50, rule: Literal["left", "right"] = "left") -> Tensor:
    """Sum of the maps of `steps` images on the way from black to the image; it has no negative values."""
    black = batch.black()
    total = torch.zeros((len(batch), *batch.map_shape), device=batch.device)
    for i in range(steps):
        share = (i + (rule == "right")) / steps
        A, g = batch.gradients_at(black + share * (batch.images - black))
        total += (g.mean((2, 3), keepdim=True) * A).sum(1).relu()
    return total
