"""Baseline: a map of uniform random numbers, drawn for each image from its own seed."""

from typing import Annotated

from torch import Tensor

from ._contract import Batch
from ._settings import Range

RELU = False
CONTROL = True


def cam(batch: Batch, *, seed: Annotated[int, Range(0)] = 0) -> Tensor:
    """Uniform in [0, 1) at the layer's resolution; the masked image draws another map than the clean one."""
    return batch.random(seed).uniform(batch.map_shape)
