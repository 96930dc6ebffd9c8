"""Element-wise Grad-CAM: sum_k ReLU(g_k A_k) (Pillai & Pirsiavash, AAAI 2021).

Where A has no negative values, as after a ReLU, it is LayerCAM.
"""

from torch import Tensor

from ._contract import Batch


def cam(batch: Batch) -> Tensor:
    """What speaks for the class at each position of each channel, without what speaks against it."""
    A, g = batch.gradients()  # (n, K, h, w)
    return (g * A).relu().sum(1)
