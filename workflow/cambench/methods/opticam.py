"""Opti-CAM: S = n(U(sum_k softmax(w)_k ReLU(A_k))), w for which the logit of S x is largest (Zhang et al., CVIU 2024).

U enlarges to the input, n scales to [0, 1]. w begins at 0.5 and is found for each image by `steps` steps of Adam at the
given `rate`. `mask: pixels` masks the image's pixels to black, as the authors' code does; `normalised` masks the
network's input, to the data set's mean colour.

As there, after every tenth of the steps it is asked whether the logit has become smaller; the map is then that of the
step at hand. The authors ask it of the batch's sum, here it is asked of each image. Without `stop` all steps are made.
The map of a constant sum is 0, where the authors divide by 0.
"""

from typing import Annotated, Literal

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from ._contract import Batch
from ._settings import Range

RELU = False
RESOLUTION = "input"
PASSES = "steps"


def cam(
    batch: Batch,
    *,
    steps: Annotated[int, Range(0)] = 50,
    rate: Annotated[float, Range(above=0)] = 0.1,
    mask: Literal["pixels", "normalised"] = "pixels",
    stop: bool = True,
) -> Tensor:
    """The mixture of channels that shows the network the most of the class."""
    A = batch.activations().relu()
    dark = batch.black() if mask == "pixels" else torch.zeros_like(batch.images[:1])
    w = torch.full(A.shape[:2], 0.5, device=A.device, requires_grad=True)
    adam = torch.optim.Adam([w], lr=rate)
    live, best = torch.arange(len(A), device=A.device), torch.full((len(A),), -torch.inf, device=A.device)
    maps = A.new_zeros((len(A), *batch.input_shape))
    for step in range(steps):
        if not len(live):
            break
        S = _mixed(w[live], A[live], batch.input_shape)
        inputs = dark + S[:, None] * (batch.images[live] - dark)
        y, g = batch.input_gradients(inputs, live)
        w.grad = torch.autograd.grad(inputs, w, -g)[0]
        adam.step()
        if stop and step % max(1, steps // 10) == 0:
            worse = y < best[live]
            maps[live[worse]] = S[worse].detach()
            best[live] = y
            live = live[~worse]
    maps[live] = _mixed(w[live], A[live], batch.input_shape).detach()
    return maps


def _mixed(w: Tensor, A: Tensor, size: tuple[int, int]) -> Tensor:
    """S (n, H, W) of weights (n, K) and activations (n, K, h, w)."""
    large = interpolate((w.softmax(1)[:, :, None, None] * A).sum(1, keepdim=True), size, mode="bilinear")[:, 0]
    low, high = large.amin((1, 2), keepdim=True), large.amax((1, 2), keepdim=True)
    return torch.where(high == low, 0, (large - low) / torch.where(high == low, 1, high - low))
