"""Grad-CAM++: sum_k w_k A_k with w_k = sum a_k ReLU(g_k) (Chattopadhay et al., WACV 2018, eq. 5 and 19).

`variant: poppi2021` is what the code released with Poppi et al. (CVPRW 2021) computes: a_k = g_k^2.
"""

import torch
from torch import Tensor

from ..contract import ProbeLike


def cam(probe: ProbeLike, images: Tensor, classes: Tensor, *, variant: str = "chattopadhay2018") -> Tensor:
    """Channels weighted by their positive gradients, each with its own coefficient."""
    A, g = probe.gradients(images, classes)  # (n, K, h, w)
    a = g**2
    if variant != "poppi2021":
        denominator = 2 * a + A.sum((2, 3), keepdim=True) * g**3
        a = torch.where(g == 0, 0, a / torch.where(g == 0, 1, denominator))
    return ((a * g.relu()).sum((2, 3), keepdim=True) * A).sum(1)
