"""FullGrad: u(x dy/dx) + sum over biases b of u(g b), g dy/d(where b is added) (Srinivas & Fleuret, NeurIPS 2019).

u takes magnitudes, scales them to [0, 1] over channels and positions of the layer together, enlarges them with aligned
corners, and sums over channels, as the authors' code does. pytorch-grad-cam scales every channel by itself, so that all
count alike, which is another map.

The biases are those of convolutions, and beta - gamma mean / sqrt(variance + eps) of batch norms. Those of linear
layers are left out, as in the authors' code. A layer that runs twice counts twice.
"""

from collections.abc import Mapping
from typing import Any

from torch import Tensor
from torch.nn.functional import interpolate

from ._contract import Batch

RELU = False
RESOLUTION = "input"


def cam(batch: Batch) -> Tensor:
    """What the pixels and the biases at each place give to the logit, by magnitude."""
    gradient, terms = batch.bias_gradients(_combined)
    maps = _combined(batch.images * gradient)
    for term in terms:
        maps = maps + interpolate(term[:, None], batch.input_shape, mode="bilinear", align_corners=True)[:, 0]
    return maps


def check(network: Mapping[str, Any]) -> str | None:
    """Why a network cannot be explained."""
    if network["layout"] == "nchw":
        return None
    return "needs a convolutional network, for it leaves out the biases of attention and of linear layers"


def _combined(values: Tensor) -> Tensor:
    """Maps (n, h, w) of values (n, K, h, w): magnitudes, scaled to [0, 1] by image, summed over channels."""
    magnitude = values.abs()
    magnitude = magnitude - magnitude.amin((1, 2, 3), keepdim=True)
    return (magnitude / (magnitude.amax((1, 2, 3), keepdim=True) + 1e-6)).sum(1)
