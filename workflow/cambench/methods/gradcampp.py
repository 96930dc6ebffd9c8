"""Grad-CAM++: sum_k w_k A_k with w_k = sum a_k ReLU(g_k) (Chattopadhay et al., WACV 2018, eq. 5 and 19).

`variant: poppi2021` is what the code released with Poppi et al. (CVPRW 2021) computes: a_k = g_k^2.
"""

from typing import Literal

import torch
from torch import Tensor

from ._contract import Batch


def cam(batch: Batch, *, variant: Literal["chattopadhay2018", "poppi2021"] = "chattopadhay2018") -> Tensor:
    """Channels weighted by their positive gradients, each with its own coefficient."""
    A, g = batch.gradients()  # (n, K, h, w)
    a = g**2
    if variant != "poppi2021":
        denominator = 2 * a + A.sum((2, 3), keepdim=True) * g**3
        a = torch.where(g == 0, 0, a / torch.where(g == 0, 1, denominator))
    return ((a * g.relu()).sum((2, 3), keepdim=True) * A).sum(1)
