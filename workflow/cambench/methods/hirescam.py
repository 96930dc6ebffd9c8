"""HiResCAM: sum_k g_k A_k (Draelos & Carin, 2020, eq. 2)."""

from torch import Tensor

from ..contract import ProbeLike


def cam(probe: ProbeLike, images: Tensor, classes: Tensor) -> Tensor:
    """Each position weighted by its own gradient."""
    A, g = probe.gradients(images, classes)  # (n, K, h, w)
    return (g * A).sum(1)
