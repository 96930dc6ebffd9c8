"""Seg-Eigen-CAM: |g| A projected on its first principal component (Chung & Ying, Applied Sciences 2025, eq. 10 to 13).

|g| A is taken as positions x channels, and each channel is centred. The map is negated where its minimum is larger in
magnitude than its maximum, so that the arbitrary sign of the component does not show.
"""

import torch
from torch import Tensor

from ._components import first_component, positions
from ._contract import Batch


def cam(batch: Batch) -> Tensor:
    """First principal component of the activations, weighted by how much the class depends on each."""
    A, g = batch.gradients()  # (n, K, h, w)
    X = positions(g.abs() * A)
    projection = first_component(X - X.mean(1, keepdim=True))
    negative = projection.amin(1, keepdim=True).abs() > projection.amax(1, keepdim=True).abs()
    return torch.where(negative, -projection, projection).view(len(A), *A.shape[2:])
