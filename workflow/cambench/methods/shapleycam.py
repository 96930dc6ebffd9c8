"""ShapleyCAM: sum_k w_k A_k, w_k = mean(G_k), G = g - H A / 2 (Cai, 2025), of a utility L to second order.

g is the gradient of L with respect to A, and H its Hessian. `utility: rest` is L = y + ln p, y the class's logit and p
its probability, as the paper proposes; `logit` is L = y. Where the head is linear, or linear in pieces as ReLUs make
it, H is 0 for y, and `logit` is then Grad-CAM.

`variant` says how G becomes a map: `mean` as above; `hires`, sum_k G_k A_k by position; `elementwise`, the same of
ReLU(G_k A_k); `xgrad`, w_k = sum(G_k A_k) / sum A_k, where a channel whose activation sums to 0 counts for nothing (the
authors add 1e-7 to the sum). On a layer of signed activations that sum may be near zero: see `_condition.py`.
"""

from typing import Literal

from torch import Tensor

from ._condition import at_risk, cancelled, condition, quotient, sums
from ._contract import Batch


def cam(
    batch: Batch,
    *,
    utility: Literal["rest", "logit"] = "rest",
    variant: Literal["mean", "hires", "elementwise", "xgrad"] = "mean",
) -> tuple[Tensor, Tensor]:
    """Channels weighted by what each adds to the utility, to second order."""
    A, g, HA = batch.curvature(lambda y, log_p: y + log_p if utility == "rest" else y)  # (n, K, h, w)
    G = g - HA / 2
    if variant == "xgrad":
        total, product = sums(A), sums(G * A)
        maps = (quotient(product, total) * A).sum(1)
        return maps, condition(at_risk(product, total) * cancelled(sums(A.abs()), total), A, maps)
    products = G.mean((2, 3), keepdim=True) * A if variant == "mean" else G * A
    return (products.relu() if variant == "elementwise" else products).sum(1), A.new_zeros(len(A))
