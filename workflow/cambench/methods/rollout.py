"""Attention rollout: row of the class token in the product of all blocks' attention (Abnar & Zuidema, ACL 2020).

Of each block, A is the mean over heads, plus the identity for the skip connection, each row divided by its sum. The map
does not depend on the class. `start` is the first block that counts.

`discard` and `heads` are those of vit-explain, which many take for the definition: it drops that share of each image's
lowest values of A, but not the first one, before it adds the identity, and may take another value of the heads than the
mean. It divides each column by the sum of a row, which is a slip, and is not done here.
"""

import functools
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import torch
from torch import Tensor

from ._attention import needs_blocks
from ._contract import Batch
from ._settings import Range

RELU = False


def cam(
    batch: Batch,
    *,
    start: Annotated[int, Range(0)] = 0,
    heads: Literal["max", "mean", "min"] = "mean",
    discard: Annotated[float, Range(0, 0.99)] = 0,
) -> Tensor:
    """How much of each patch reaches the last block; it has no negative values."""
    steps = [_step(_without_low(_fused(A, heads), discard)) for A in batch.attention(start)]  # each (n, T, T)
    R = functools.reduce(lambda before, step: step @ before, steps)
    return batch.places(batch.queried(R))


def check(network: Mapping[str, Any], *, start: int = 0) -> str | None:
    """Why a network cannot be explained."""
    return needs_blocks(network, start + 1, "start")


def _fused(A: Tensor, heads: str) -> Tensor:
    if heads == "mean":
        return A.mean(1)
    return A.amax(1) if heads == "max" else A.amin(1)


def _without_low(A: Tensor, share: float) -> Tensor:
    """A (n, T, T) with a share of each image's lowest values set to 0, but the first one."""
    values = A.flatten(1)
    lowest = values.topk(int(values.shape[1] * share), 1, largest=False).indices
    return torch.cat([values[:, :1], values.scatter(1, lowest, 0)[:, 1:]], 1).view_as(A)


def _step(A: Tensor) -> Tensor:
    A = A + torch.eye(A.shape[-1], device=A.device)
    return A / A.sum(-1, keepdim=True)
