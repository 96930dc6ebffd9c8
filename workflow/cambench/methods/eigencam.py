"""Eigen-CAM: A projected on its first right singular vector (Muhammad & Yeasin, IJCNN 2020).

A is taken as positions x channels. The sign of a singular vector is arbitrary; it is chosen so that the sum of the map
is positive. `variant: centred` centres each channel first, as pytorch-grad-cam does; its map sums to 0, and the sign is
chosen so that it correlates positively with the norm over channels of A.
"""

from typing import Literal

import torch
from torch import Tensor

from ._contract import Batch


def cam(batch: Batch, *, variant: Literal["muhammad2020", "centred"] = "muhammad2020") -> Tensor:
    """First principal component of the activations; it does not depend on the class."""
    A = batch.activations()
    X = A.flatten(2).transpose(1, 2)  # (n, positions, K)
    if variant == "centred":
        towards = X.norm(dim=2)
        projection = _projection(X - X.mean(1, keepdim=True))
    else:
        towards = torch.ones_like(X[:, :, 0])
        projection = _projection(X)
    agreement = (projection * towards).sum(1, keepdim=True)
    return torch.where(agreement < 0, -projection, projection).view(len(A), *A.shape[2:])


def _projection(X: Tensor) -> Tensor:
    """X v, (n, positions), v the first right singular vector of X (n, positions, K), its sign arbitrary.

    The eigenvectors of the smaller of X X^T and X^T X tell all that the SVD of X does, in a tenth of its time. An image
    whose products are not finite has none, and NaN throughout; `eigh` would refuse the whole batch because of it.
    """
    wide = X.shape[1] <= X.shape[2]
    product = X @ X.mT if wide else X.mT @ X
    known = product.isfinite().flatten(1).all(1)
    value, vector = torch.linalg.eigh(torch.where(known[:, None, None], product, 0))
    found = vector[:, :, -1] * value[:, -1:].clamp(min=0).sqrt() if wide else (X @ vector[:, :, -1:])[:, :, 0]
    return torch.where(known[:, None], found, torch.nan)
