"""Poly-CAM: class activation maps of several layers, each refining the one before it (Englebert et al., ICPR 2022).

From the deepest layer to the shallowest, m = ReLU(sum_k w_k A_k) and Q <- ReLU(m / U(D(m)) U(Q)): D makes m as small as
Q, U as large as m, both bilinearly, and quotients are by 1e-12 or more. With p of the class's probability, x the image,
and M_k the enlarged N(A_k), the channel as a mask, w_k is by `variant`

- `P` (PCAM+): p(M_k x);
- `M` (PCAM-): ReLU(p(x) - p((1 - M_k) x));
- `PM` (PCAM±): ReLU(p(M_k x) + p(x) - p((1 - M_k) x)).

N(A) = (A - a) / max(b, 1e-12) within [0, 1], a and b the 0.1 and 99.9 percentiles over positions. The map is N(Q),
enlarged. A pass, or two of `PM`, is made for each channel of each layer; jobs are cut as if by `PM`.

It is made for layers after a ReLU. N divides by b, not by the range, so that masks of signed activations are no longer
those of their channels, and quotients may be large where m is small: maps are then specks.

`layers` are paths, such as "layer2, layer3, layer4"; a layer is deeper that runs later. By default they are the last
layer of each resolution, the deepest of which is the target layer: of a ResNet `relu, layer1, layer2, layer3, layer4`,
as in the authors' study. Their automatic choice takes the first block of a stage instead, where the map becomes smaller
inside that.
"""

from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from ._channels import scores
from ._contract import Batch

RESOLUTION = "input"
PASSES = "2 * levels"
_LEAST = 1e-12


def cam(batch: Batch, *, variant: Literal["P", "M", "PM"] = "PM", layers: str = "") -> Tensor:
    """The deepest layer's map, refined by the shallower ones'."""
    *shallower, deepest = batch.levels([path.strip() for path in layers.split(",") if path.strip()])
    Q = _of_layer(batch, deepest, variant)
    for A in reversed(shallower):
        m = _of_layer(batch, A, variant)
        Q = (m / _resized(_resized(m, Q), m).clamp(min=_LEAST) * _resized(Q, m)).relu()
    return _resized(_masks(Q), batch.images)[:, 0]


def _of_layer(batch: Batch, A: Tensor, variant: str) -> Tensor:
    """m (n, 1, h, w) of a layer's output."""
    return (_weights(batch, A, variant)[:, :, None, None] * A).sum(1, keepdim=True).relu()


def _weights(batch: Batch, A: Tensor, variant: str) -> Tensor:
    """w (n, K) of the channels of a layer; those that are 0 throughout make no pass, and any weight will do."""
    masks, live, p = _masks(A), (A != 0).flatten(2).any(2), batch.probability().to(A)[:, None]
    w = torch.zeros_like(live, dtype=A.dtype)
    if variant != "M":
        w = w + scores(batch, live, lambda owners, channels, _: masks[owners, channels], 1, logit=False)
    if variant != "P":
        w = w + p - scores(batch, live, lambda owners, channels, _: 1 - masks[owners, channels], 1, logit=False)
    return w.relu()


def _masks(A: Tensor) -> Tensor:
    """N(A) of maps (n, K, h, w)."""
    ends = torch.tensor([0.001, 0.999], device=A.device)
    low, high = torch.stack([image.flatten(1).quantile(ends, 1) for image in A], 1)[..., None, None]
    return ((A - low) / high.clamp(min=_LEAST)).clamp(0, 1)


def _resized(maps: Tensor, like: Tensor) -> Tensor:
    return interpolate(maps, like.shape[2:], mode="bilinear")
