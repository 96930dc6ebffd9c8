"""Eigen-CAM: A projected on its first right singular vector (Muhammad & Yeasin, IJCNN 2020).

A is taken as positions x channels. The sign of a singular vector is arbitrary; it is chosen so that the sum of the map
is positive. `variant: centred` centres each channel first, as pytorch-grad-cam does; its map sums to 0, and the sign is
chosen so that it correlates positively with the norm over channels of A.
"""

from typing import Literal

import torch
from torch import Tensor

from ._components import first_component, positions
from ._contract import Batch


def cam(batch: Batch, *, variant: Literal["muhammad2020", "centred"] = "muhammad2020") -> Tensor:
    """First principal component of the activations; it does not depend on the class."""
    A = batch.activations()
    X = positions(A)  # (n, h w, K)
    if variant == "centred":
        towards = X.norm(dim=2)
        projection = first_component(X - X.mean(1, keepdim=True))
    else:
        towards = torch.ones_like(X[:, :, 0])
        projection = first_component(X)
    agreement = (projection * towards).sum(1, keepdim=True)
    return torch.where(agreement < 0, -projection, projection).view(len(A), *A.shape[2:])
