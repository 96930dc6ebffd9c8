"""LIFT-CAM: sum_k w_k A_k, w_k the sum over positions of DeepLIFT's contribution of A_k to y (Jung & Oh, ICCV 2021).

The reference is A = 0. Where one linear layer follows global average pooling, which is what the authors explain a
ResNet at, the contribution is g_k A_k. Other heads are refused: there DeepLIFT has a rule for each module of the head,
and g_k A_k is not it. The map is that of Ablation-CAM times y, and no better on signed layers.
"""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from ..errors import InputError
from ._condition import sums
from ._contract import Batch

_REFUSAL = "needs a linear layer right after global average pooling of the target layer"


def cam(batch: Batch) -> Tensor:
    """Channels weighted by what they add to the logit."""
    if batch.classifier() is None:
        raise InputError(f"liftcam {_REFUSAL}")
    A, g = batch.gradients()  # (n, K, h, w)
    return (sums(g * A) * A).sum(1)


def check(network: Mapping[str, Any]) -> str | None:
    """Why a network cannot be explained."""
    return None if network["linear_head"] else _REFUSAL
