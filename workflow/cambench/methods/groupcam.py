"""Group-CAM: sum_j v_j S_j, S_j a group of Grad-CAM's channels, v_j what showing it adds to p (Zhang et al., 2021).

The channels mean(g_k) A_k are cut into `groups` of neighbours; S_j is U(ReLU(sum of group j)). A group is shown on a
blurred image b: v_j = p(x * M_j + b * (1 - M_j)) - p(b), with M_j = S_j scaled to [0, 1], and 0 for a group without a
range, which then counts for nothing. b is x after a Gaussian filter of 51 x 51 pixels, sigma 50, mirrored at the
borders; with `baseline: zero` it is the mean colour.

`variant: released2021` is the authors' code as it is now: v_j goes through a ReLU. `variant: 2021-05` is that of May
2021, which fits the abstract's "de-noised": what is no larger than the 70th percentile of a group is set to 0 before it
is enlarged, v_j keeps its sign, and M_j is summed in place of S_j. Where the number of channels is no multiple of
`groups`, the last group is smaller, and there may be fewer of them; the authors' code fails.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import torch
from torch import Tensor
from torch.nn.functional import conv2d, interpolate, pad

from ._channels import scaled
from ._contract import Batch
from ._settings import Range

RESOLUTION = "input"
PASSES = "groups"
_RADIUS, _SIGMA = 25, 50


def cam(
    batch: Batch,
    *,
    groups: Annotated[int, Range(1)] = 32,
    baseline: Literal["blur", "zero"] = "blur",
    variant: Literal["released2021", "2021-05"] = "released2021",
) -> Tensor:
    """Groups of channels weighted by how much the class gains when they are shown."""
    A, g = batch.gradients()  # (n, K, h, w)
    weighted = g.mean((2, 3), keepdim=True) * A
    small = torch.stack([part.sum(1) for part in weighted.chunk(groups, 1)], 1).relu()  # (n, groups, h, w)
    if variant == "2021-05":
        small = torch.where(small > _percentile(small, 0.7), small, 0)
    S = interpolate(small, batch.input_shape, mode="bilinear")
    M, _ = scaled(S)
    hidden = _blurred(batch.images) if baseline == "blur" else torch.zeros_like(batch.images)
    v = _gains(batch, M, hidden)[:, :, None, None]
    return (v * M).sum(1) if variant == "2021-05" else (v.relu() * S).sum(1)


def check(network: Mapping[str, Any], *, baseline: str = "blur") -> str | None:
    """Why a network cannot be explained."""
    height, width = network["input"]
    if baseline == "blur" and min(height, width) <= _RADIUS:
        return f"needs images of more than {_RADIUS} pixels a side to blur them, not {height} x {width}"
    return None


def _percentile(maps: Tensor, share: float) -> Tensor:
    """Of the values of each map, (n, groups, 1, 1), interpolated between neighbours."""
    return maps.flatten(2).quantile(share, 2)[:, :, None, None]


def _gains(batch: Batch, M: Tensor, hidden: Tensor) -> Tensor:
    """What each group adds to the probability, (n, groups)."""
    n, groups = M.shape[:2]
    owners = torch.arange(n, device=M.device).repeat_interleave(groups + 1)
    masks = torch.cat([torch.zeros_like(M[:, :1]), M], 1).flatten(0, 1)[:, None]  # the first shows nothing

    def shown(start: int, stop: int) -> Tensor:
        images, behind = (values[owners[start:stop]] for values in (batch.images, hidden))
        mask = masks[start:stop]
        return images * mask + behind * (1 - mask)

    p = batch.probability_in(batch.scores(shown, owners), owners).view(n, groups + 1)
    return p[:, 1:] - p[:, :1]


def _blurred(images: Tensor) -> Tensor:
    """Images after a Gaussian filter."""
    place = torch.arange(-_RADIUS, _RADIUS + 1, device=images.device)
    line = torch.exp(-(place**2) / (2 * _SIGMA**2))
    line = (line / line.sum()).expand(images.shape[1], 1, 1, -1)
    wide = pad(images, [_RADIUS] * 4, mode="reflect")
    return conv2d(conv2d(wide, line, groups=images.shape[1]), line.mT, groups=images.shape[1])
