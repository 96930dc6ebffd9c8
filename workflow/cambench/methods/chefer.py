"""Chefer: R = I, then R + Ā R block by block, Ā = mean over heads of ReLU(g * A) (Chefer, Gur & Wolf, ICCV 2021).

A is attention, g = dy/dA; these are rules 5 and 6 of the paper, for self-attention in one modality, which need no
relevance propagation. The map is the class token's row of R.
"""

import torch
from torch import Tensor

from ._attention import needs_attention
from ._contract import Batch

RELU = False
check = needs_attention


def cam(batch: Batch) -> Tensor:
    """Relevance of each patch for the class; it has no negative values."""
    weights, gradients = batch.attention_gradients()  # (n, heads, T, T) of each block
    T = weights[0].shape[-1]
    R = torch.eye(T, device=batch.device).expand(len(batch), T, T)
    for A, g in zip(weights, gradients, strict=True):
        R = R + (g * A).relu().mean(1) @ R
    return batch.places(batch.queried(R))
