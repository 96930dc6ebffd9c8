"""Eigen-CAM: A projected on its first right singular vector (Muhammad & Yeasin, IJCNN 2020).

A is taken as positions x channels with each channel centred. The sign of a singular vector is arbitrary; it is
chosen so that the map correlates positively with the mean over channels of A.
"""

import torch
from torch import Tensor

from ._contract import Batch


def cam(batch: Batch) -> Tensor:
    """First principal component of the activations; it does not depend on the class."""
    A = batch.activations()
    X = A.flatten(2).transpose(1, 2)  # (n, positions, K)
    X = X - X.mean(1, keepdim=True)
    # The eigenvectors of the smaller of X X^T and X^T X tell all that the SVD of X does, in a tenth of its time.
    if X.shape[1] <= X.shape[2]:
        value, vector = torch.linalg.eigh(X @ X.mT)
        projection = vector[:, :, -1] * value[:, -1:].clamp(min=0).sqrt()  # (n, positions)
    else:
        projection = (X @ torch.linalg.eigh(X.mT @ X)[1][:, :, -1:])[:, :, 0]
    agreement = (projection * X.mean(2)).sum(1, keepdim=True)
    return torch.where(agreement < 0, -projection, projection).view(len(A), *A.shape[2:])
