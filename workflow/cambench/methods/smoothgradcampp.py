"""Smooth Grad-CAM++: Grad-CAM++ with gradients averaged over noisy inputs (Omeiza et al., 2019, eq. 9).

m1, m2, m3 are the means of g, g^2, g^3; a_k = m2 / (2 m2 + (sum A_k) m3), w_k = sum a_k ReLU(m1), A clean.

`variant: poppi2021` is what the code released with Poppi et al. (CVPRW 2021) computes (with `samples: 4`):
a_k = m2 / (2 m2 + sum(m3 A)), w_k = sum a_k ReLU(g) with g, and the A that is summed, of the last noisy pass.
"""

from typing import Annotated, Literal

import torch
from torch import Tensor

from ._contract import Batch
from ._settings import Range


def cam(
    batch: Batch,
    *,
    samples: Annotated[int, Range(1)] = 8,
    sigma: Annotated[float, Range(above=0)] = 0.3,
    seed: Annotated[int, Range(0)] = 0,
    variant: Literal["omeiza2019", "poppi2021"] = "omeiza2019",
) -> Tensor:
    """Channels weighted by gradients averaged over `samples` inputs with Gaussian noise of `sigma`, normalised."""
    clean, random = batch.activations(), batch.random(seed)  # (n, K, h, w)
    m1, m2, m3 = (torch.zeros_like(clean) for _ in range(3))
    for _ in range(samples):
        noisy = batch.images + sigma * random.normal(tuple(batch.images.shape[1:]))
        A, g = batch.gradients_at(noisy)
        m1, m2, m3 = m1 + g / samples, m2 + g**2 / samples, m3 + g**3 / samples
    if variant == "poppi2021":
        a = _ratio(m2, 2 * m2 + (m3 * clean).sum((2, 3), keepdim=True))
        return ((a * g.relu()).sum((2, 3), keepdim=True) * A).sum(1)
    a = _ratio(m2, 2 * m2 + clean.sum((2, 3), keepdim=True) * m3)
    return ((a * m1.relu()).sum((2, 3), keepdim=True) * clean).sum(1)


def _ratio(m2: Tensor, denominator: Tensor) -> Tensor:
    """0 where no gradient was seen."""
    return torch.where(m2 == 0, 0, m2 / torch.where(m2 == 0, 1, denominator))
