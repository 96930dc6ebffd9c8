"""XGrad-CAM: sum_k w_k A_k with w_k = sum(g_k A_k) / sum A_k (Fu et al., BMVC 2020, eq. 8)."""

import torch
from torch import Tensor

from ._contract import Batch


def cam(batch: Batch) -> Tensor:
    """Channels weighted by the activation-weighted mean gradient; one whose activation sums to 0 counts for nothing."""
    A, g = batch.gradients()  # (n, K, h, w)
    total = A.sum((2, 3), keepdim=True)
    w = torch.where(total == 0, 0, (g * A).sum((2, 3), keepdim=True) / torch.where(total == 0, 1, total))
    return (w * A).sum(1)
