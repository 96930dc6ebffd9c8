"""Smooth Grad-CAM++: Grad-CAM++ with gradients averaged over noisy inputs (Omeiza et al., 2019, eq. 9).

m1, m2, m3 are the means of g, g^2, g^3; a_k = m2 / (2 m2 + (sum A_k) m3), w_k = sum a_k ReLU(m1), A clean.

`variant: poppi2021` is what the code released with Poppi et al. (CVPRW 2021) computes (with `samples: 4`):
a_k = m2 / (2 m2 + sum(m3 A)), w_k = sum a_k ReLU(g) with g, and the A that is summed, of the last noisy pass.
"""

import torch
from torch import Tensor

from ..contract import ProbeLike


def cam(
    probe: ProbeLike,
    images: Tensor,
    classes: Tensor,
    *,
    samples: int = 8,
    sigma: float = 0.3,
    seed: int = 0,
    variant: str = "omeiza2019",
) -> Tensor:
    """Channels weighted by gradients averaged over `samples` inputs with Gaussian noise of `sigma`, normalised."""
    clean = probe.activations(images)  # (n, K, h, w)
    m1, m2, m3 = (torch.zeros_like(clean) for _ in range(3))
    for _ in range(samples):
        noisy = images + sigma * probe.normal(tuple(images.shape[1:]), seed)
        A, g = probe.gradients_at(noisy, classes)
        m1, m2, m3 = m1 + g / samples, m2 + g**2 / samples, m3 + g**3 / samples
    if variant == "poppi2021":
        a = _ratio(m2, 2 * m2 + (m3 * clean).sum((2, 3), keepdim=True))
        return ((a * g.relu()).sum((2, 3), keepdim=True) * A).sum(1)
    a = _ratio(m2, 2 * m2 + clean.sum((2, 3), keepdim=True) * m3)
    return ((a * m1.relu()).sum((2, 3), keepdim=True) * clean).sum(1)


def _ratio(m2: Tensor, denominator: Tensor) -> Tensor:
    """0 where no gradient was seen."""
    return torch.where(m2 == 0, 0, m2 / torch.where(m2 == 0, 1, denominator))
