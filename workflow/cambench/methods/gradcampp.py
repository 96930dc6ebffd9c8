"""Grad-CAM++: sum_k w_k A_k with w_k = sum a_k ReLU(g_k) (Chattopadhay et al., WACV 2018, eq. 5 and 19).

a_k = g_k^2 / (2 g_k^2 + (sum A_k) g_k^3), 0 where g_k or the denominator is 0. `variant: official` also divides the a_k
by their sum over positions, as the authors' code does. `variant: poppi2021` is what the code released with Poppi et al.
(CVPRW 2021) computes: a_k = g_k^2.
"""

from typing import Literal

from torch import Tensor

from ._condition import at_risk, cancelled, condition, quotient, sums
from ._contract import Batch


def cam(
    batch: Batch, *, variant: Literal["chattopadhay2018", "official", "poppi2021"] = "chattopadhay2018"
) -> tuple[Tensor, Tensor]:
    """Channels weighted by their positive gradients, each with its own coefficient."""
    A, g = batch.gradients()  # (n, K, h, w)
    if variant == "poppi2021":
        return (sums(g**2 * g.relu()) * A).sum(1), A.new_zeros(len(A))
    # Divided by g^2, which underflows for small gradients.
    numerator, denominator = (g != 0).to(g.dtype), 2 + sums(A) * g
    a, risk = quotient(numerator, denominator), at_risk(numerator, denominator)
    excess = cancelled(2 + sums(A.abs()) * g.abs(), denominator)
    w, e = sums(a * g.relu()), sums(risk * excess * g.relu())
    if variant == "official":
        total = sums(a)
        e = at_risk(e, total) + at_risk(w, total) * cancelled(sums(risk * (1 + excess)), total)
        w = quotient(w, total)
    maps = (w * A).sum(1)
    return maps, condition(e, A, maps)
