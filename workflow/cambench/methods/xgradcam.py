"""XGrad-CAM: sum_k w_k A_k with w_k = sum(g_k A_k) / sum A_k (Fu et al., BMVC 2020, eq. 8).

On a layer of signed activations sum A_k may be near zero, and rounding then decides the map: see `_condition.py`.
"""

from torch import Tensor

from ._condition import at_risk, cancelled, condition, quotient, sums
from ._contract import Batch


def cam(batch: Batch) -> tuple[Tensor, Tensor]:
    """Channels weighted by the activation-weighted mean gradient; one whose activation sums to 0 counts for nothing."""
    A, g = batch.gradients()  # (n, K, h, w)
    total, product = sums(A), sums(g * A)
    w = quotient(product, total)
    maps = (w * A).sum(1)
    return maps, condition(at_risk(product, total) * cancelled(sums(A.abs()), total), A, maps)
