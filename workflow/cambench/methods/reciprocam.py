"""Recipro-CAM: the class's probability when the head sees one position of A alone (Byun & Lee, CVPRW 2024).

Without the paper's optional Gaussian around the position.
"""

import torch
from torch import Tensor

from ._contract import Batch

RELU = False
HEADS = "positions"


def cam(batch: Batch) -> Tensor:
    """The class's probability at each position; only the head is run again."""
    A = batch.activations()
    n, _, h, w = A.shape
    owners = torch.arange(n, device=A.device).repeat_interleave(h * w)
    one_hot = torch.eye(h * w, device=A.device).view(h * w, 1, h, w).repeat(n, 1, 1, 1)
    logits = batch.head(lambda start, stop: A[owners[start:stop]] * one_hot[start:stop], owners)
    return batch.probability_in(logits, owners).view(n, h, w)
