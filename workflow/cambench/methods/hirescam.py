"""HiResCAM: sum_k g_k A_k (Draelos & Carin, 2020, eq. 2)."""

from torch import Tensor

from ._contract import Batch


def cam(batch: Batch) -> Tensor:
    """Each position weighted by its own gradient."""
    A, g = batch.gradients()  # (n, K, h, w)
    return (g * A).sum(1)
