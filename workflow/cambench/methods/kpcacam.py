"""KPCA-CAM: A projected on its first principal component in a kernel's space (Karmani et al., MMSP 2024).

X is A as positions x channels, each channel centred; G = tanh(gamma X X^T + 1), its rows and columns centred; the map
is v sqrt(lambda) of the largest eigenvalue of G, and does not depend on the class. This is what the authors gave to
pytorch-grad-cam, with the sigmoid kernel of scikit-learn, where `gamma: 0` stands for one over the number of channels.
As there, the entry of v that is largest in magnitude is positive. The kernel is computed in float64, for its centring
cancels.
"""

from typing import Annotated

import torch
from torch import Tensor

from ..networks.scores import home
from ._components import largest_eigenpair, positions
from ._contract import Batch
from ._settings import Range


def cam(batch: Batch, *, gamma: Annotated[float, Range(0)] = 0) -> Tensor:
    """First kernel principal component of the activations; zeros for constant ones."""
    A = batch.activations()
    X = positions(A).to(home(A.device)).double()  # (n, h w, K)
    X = X - X.mean(1, keepdim=True)
    G = torch.tanh((gamma or 1 / X.shape[2]) * (X @ X.mT) + 1)
    G = G - G.mean(1, keepdim=True) - G.mean(2, keepdim=True) + G.mean((1, 2), keepdim=True)
    value, vector, known = largest_eigenpair(G)
    largest = vector.gather(1, vector.abs().argmax(1, keepdim=True))
    rounding = X.shape[1] * torch.finfo(X.dtype).eps
    found = torch.where(value > rounding, vector * largest.sign() * value.clamp(min=0).sqrt(), 0)
    return torch.where(known, found, torch.nan).float().to(A.device).view(len(A), *A.shape[2:])
