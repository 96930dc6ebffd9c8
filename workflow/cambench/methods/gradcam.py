"""Grad-CAM: sum_k mean(g_k) A_k (Selvaraju et al., ICCV 2017, eq. 1 and 2)."""

from torch import Tensor

from ._contract import Batch


def cam(batch: Batch) -> Tensor:
    """Channels weighted by their mean gradient."""
    A, g = batch.gradients()  # (n, K, h, w)
    return (g.mean((2, 3), keepdim=True) * A).sum(1)
