"""LayerCAM: sum_k ReLU(g_k) A_k (Jiang et al., TIP 2021, eq. 6 and 7)."""

from torch import Tensor

from ._contract import Batch


def cam(batch: Batch) -> Tensor:
    """Each position weighted by its own positive gradient."""
    A, g = batch.gradients()  # (n, K, h, w)
    return (g.relu() * A).sum(1)
