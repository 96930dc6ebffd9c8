"""CAM: sum_k W[c, k] A_k, W the linear layer after global average pooling (Zhou et al., CVPR 2016, eq. 2)."""

from torch import Tensor

from ..contract import ProbeLike
from ..errors import InputError

RELU = False
_REFUSAL = "needs a linear layer right after global average pooling of the target layer"


def cam(probe: ProbeLike, images: Tensor, classes: Tensor) -> Tensor:
    """Class activation map; may be negative."""
    weight = probe.classifier()
    if weight is None:
        raise InputError(f"cam {_REFUSAL}")
    maps: Tensor = (weight[classes][:, :, None, None] * probe.activations(images)).sum(1)
    return maps


def check(network: dict) -> str | None:
    """Why a network cannot be explained."""
    return None if network["linear_head"] else _REFUSAL
