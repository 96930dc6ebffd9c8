"""Smooth Grad-CAM++: Grad-CAM++ with gradients averaged over noisy inputs (Omeiza et al., 2019, eq. 9).

m1, m2, m3 are the means of g, g^2, g^3; a_k = m2 / (2 m2 + (sum A_k) m3), w_k = sum a_k ReLU(m1), A clean; a_k is 0
where m2 or the denominator is.

`variant: poppi2021` is what the code released with Poppi et al. (CVPRW 2021) computes (with `samples: 4`):
a_k = m2 / (2 m2 + sum(m3 A)), w_k = sum a_k ReLU(g) with g, and the A that is summed, of the last noisy pass.

On a layer of signed activations a denominator may be near zero, and rounding then decides the map: see `_condition.py`.
"""

from typing import Annotated, Literal

import torch
from torch import Tensor

from ._condition import at_risk, cancelled, condition, quotient, sums
from ._contract import Batch
from ._settings import Range

PASSES = "samples"


def cam(
    batch: Batch,
    *,
    samples: Annotated[int, Range(1)] = 8,
    sigma: Annotated[float, Range(above=0)] = 0.3,
    seed: Annotated[int, Range(0)] = 0,
    variant: Literal["omeiza2019", "poppi2021"] = "omeiza2019",
) -> tuple[Tensor, Tensor]:
    """Channels weighted by gradients averaged over `samples` inputs with Gaussian noise of `sigma`, normalised."""
    clean, random = batch.activations(), batch.random(seed)  # (n, K, h, w)
    m1, m2, m3 = (torch.zeros_like(clean) for _ in range(3))
    for _ in range(samples):
        noisy = batch.images + sigma * random.normal(tuple(batch.images.shape[1:]))
        A, g = batch.gradients_at(noisy)
        m1, m2, m3 = m1 + g / samples, m2 + g**2 / samples, m3 + g**3 / samples
    if variant == "poppi2021":
        return _weighted(A, g, m2, sums(m3 * clean), sums((m3 * clean).abs()))
    return _weighted(clean, m1, m2, sums(clean) * m3, sums(clean.abs()) * m3.abs())


def _weighted(A: Tensor, g: Tensor, m2: Tensor, third: Tensor, magnitude: Tensor) -> tuple[Tensor, Tensor]:
    """Maps and their condition; `third` is what is added to 2 m2, `magnitude` that of its terms."""
    denominator = 2 * m2 + third
    a = quotient(m2, denominator)
    excess = cancelled(2 * m2 + magnitude, denominator)
    w, e = sums(a * g.relu()), sums(at_risk(m2, denominator) * excess * g.relu())
    maps = (w * A).sum(1)
    return maps, condition(e, A, maps)
