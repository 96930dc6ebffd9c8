"""Grad-CAM: sum_k mean(g_k) A_k (Selvaraju et al., ICCV 2017, eq. 1 and 2)."""

from torch import Tensor

from ..contract import ProbeLike


def cam(probe: ProbeLike, images: Tensor, classes: Tensor) -> Tensor:
    """Channels weighted by their mean gradient."""
    A, g = probe.gradients(images, classes)  # (n, K, h, w)
    return (g.mean((2, 3), keepdim=True) * A).sum(1)
