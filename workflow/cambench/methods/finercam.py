"""Finer-CAM: a CAM of what tells a class from those that look like it (Zhang et al., CVPR 2025), of L in place of y.

L = y_c - alpha sum_i q_i y_i over the `references` classes whose logits are nearest to y_c, without c itself; there are
fewer where the network has fewer. q is the softmax over their logits alone, and L is differentiated through it, as in
the authors' code and pytorch-grad-cam: these divide by sum_i p_i + 1e-9, which decides the map of an image that is all
but certain, and where logits are equal may take another class for c. The map is Grad-CAM's of L, or that of `base`.

`weights: mean` has equal q, as torch-cam, where `alpha` is 0.6.
"""

from collections.abc import Callable
from typing import Annotated, Literal, NamedTuple, cast

import torch
from torch import Tensor

from . import gradcam, gradcampp, layercam
from ._contract import Batch
from ._settings import Range

_BASES: dict[str, Callable[[Batch], Tensor | tuple[Tensor, Tensor]]] = {
    "gradcam": gradcam.cam,
    "gradcampp": gradcampp.cam,
    "layercam": layercam.cam,
}


class _Seen(NamedTuple):
    """What a base asks of a batch: activations and gradients, of L."""

    A: Tensor
    g: Tensor

    def gradients(self) -> tuple[Tensor, Tensor]:
        return self.A, self.g


def cam(
    batch: Batch,
    *,
    alpha: Annotated[float, Range(0)] = 1,
    references: Annotated[int, Range(1)] = 3,
    weights: Literal["softmax", "mean"] = "softmax",
    base: Literal["gradcam", "gradcampp", "layercam"] = "gradcam",
) -> Tensor | tuple[Tensor, Tensor]:
    """Map of the difference between the class and the classes nearest to it."""
    own = batch.classes[:, None]
    y = batch.logits()
    apart = (y - y.gather(1, own)).abs().scatter(1, own, torch.inf)
    near = apart.topk(min(references, y.shape[1] - 1), 1, largest=False).indices
    change = -alpha * _derivative(y.gather(1, near), weights)
    g = torch.zeros_like(y).scatter(1, near, change).scatter(1, own, 1)  # dL/dy
    return _BASES[base](cast(Batch, _Seen(*batch.weighted_gradients(g))))


def _derivative(y: Tensor, weights: str) -> Tensor:
    """Of sum_i q_i y_i with respect to y, (n, references)."""
    if weights == "mean":
        return torch.full_like(y, 1 / y.shape[1])
    q = y.softmax(1)
    return q * (1 + y - (q * y).sum(1, keepdim=True))
