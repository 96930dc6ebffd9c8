"""Baseline: a map of uniform random numbers, drawn for each image from its own seed."""

from torch import Tensor

from ..contract import ProbeLike

RELU = False


def cam(probe: ProbeLike, images: Tensor, classes: Tensor, *, seed: int = 0) -> Tensor:
    """Uniform in [0, 1) at the layer's resolution; the masked image draws another map than the clean one."""
    return probe.uniform(probe.map_shape, seed)
