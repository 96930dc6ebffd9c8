"""Eigen-Grad-CAM: g A projected on its first principal component; a method of pytorch-grad-cam without a paper.

g A is taken as positions x channels, and each channel is centred. The sign of the component, which pytorch-grad-cam
leaves to the linear algebra library, is chosen so that the map correlates positively with sum_k g_k A_k (HiResCAM).
"""

import torch
from torch import Tensor

from ._components import first_component, positions
from ._contract import Batch


def cam(batch: Batch) -> Tensor:
    """First principal component of the activations, weighted by their gradients."""
    A, g = batch.gradients()  # (n, K, h, w)
    X = positions(g * A)
    projection = first_component(X - X.mean(1, keepdim=True))
    agreement = (projection * X.sum(2)).sum(1, keepdim=True)
    return torch.where(agreement < 0, -projection, projection).view(len(A), *A.shape[2:])
