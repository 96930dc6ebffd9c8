"""Grad-CAM++: sum_k w_k A_k with w_k = sum a_k ReLU(g_k) (Chattopadhay et al., WACV 2018, eq. 5 and 19).

a_k = g_k^2 / (2 g_k^2 + (sum A_k) g_k^3), 0 where g_k or the denominator is 0. `variant: official` also divides the a_k
by their sum over positions, as the authors' code does. `variant: poppi2021` is what the code released with Poppi et al.
(CVPRW 2021) computes: a_k = g_k^2.
"""

from typing import Literal

import torch
from torch import Tensor

from ._condition import cancelled, condition, quotient, sums
from ._contract import Batch


def cam(
    batch: Batch, *, variant: Literal["chattopadhay2018", "official", "poppi2021"] = "chattopadhay2018"
) -> tuple[Tensor, Tensor]:
    """Channels weighted by their positive gradients, each with its own coefficient."""
    A, g = batch.gradients()  # (n, K, h, w)
    if variant == "poppi2021":
        return (sums(g**2 * g.relu()) * A).sum(1), A.new_zeros(len(A))
    # Divided by g^2, which underflows for small gradients.
    denominator = 2 + sums(A) * g
    a = torch.where(g == 0, 0, quotient(torch.ones_like(g), denominator))
    excess = cancelled(2 + sums(A.abs()) * g.abs(), denominator)
    w, e = sums(a * g.relu()), sums(a.abs() * excess * g.relu())
    if variant == "official":
        total = sums(a)
        w = quotient(w, total)
        e = quotient(e, total.abs()) + w.abs() * cancelled(sums(a.abs() * (1 + excess)), total)
    maps = (w * A).sum(1)
    return maps, condition(e, A, maps)
