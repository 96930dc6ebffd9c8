"""CAM: sum_k W[c, k] A_k, W the linear layer after global average pooling (Zhou et al., CVPR 2016, eq. 2)."""

from torch import Tensor

from ..errors import InputError
from ._contract import Batch

RELU = False
_REFUSAL = "needs a linear layer right after global average pooling of the target layer"


def cam(batch: Batch) -> Tensor:
    """Class activation map; may be negative."""
    weight = batch.classifier()
    if weight is None:
        raise InputError(f"cam {_REFUSAL}")
    maps: Tensor = (weight[batch.classes][:, :, None, None] * batch.activations()).sum(1)
    return maps


def check(network: dict) -> str | None:
    """Why a network cannot be explained."""
    return None if network["linear_head"] else _REFUSAL
