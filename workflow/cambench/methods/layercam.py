"""LayerCAM: sum_k ReLU(g_k) A_k (Jiang et al., TIP 2021, eq. 6 and 7)."""

from torch import Tensor

from ..contract import ProbeLike


def cam(probe: ProbeLike, images: Tensor, classes: Tensor) -> Tensor:
    """Each position weighted by its own positive gradient."""
    A, g = probe.gradients(images, classes)  # (n, K, h, w)
    return (g.relu() * A).sum(1)
