"""SmoothGrad: |mean of dy/dx at x + noise| (Smilkov et al., 2017, eq. 2).

The noise is Gaussian. `sigma` is its standard deviation as a share of the image's range, max x - min x over pixels and
colours. The gradients are averaged with their signs, as in the paper; captum's NoiseTunnel of its Saliency averages
their magnitudes, PAIR's `magnitude` their squares. `reduce` makes one value of the three colours', as in `gradient`.
"""

from typing import Annotated, Literal

import torch
from torch import Tensor

from ._colours import reduced
from ._contract import Batch
from ._settings import Range

RELU = False
RESOLUTION = "input"
PASSES = "samples"


def cam(
    batch: Batch,
    *,
    samples: Annotated[int, Range(1)] = 50,
    sigma: Annotated[float, Range(0)] = 0.15,
    seed: Annotated[int, Range(0)] = 0,
    reduce: Literal["abs", "signed", "max"] = "abs",
) -> Tensor:
    """How much the logit changes with each pixel, about the image."""
    x, random = batch.images, batch.random(seed)
    spread = sigma * (x.amax((1, 2, 3), keepdim=True) - x.amin((1, 2, 3), keepdim=True))
    total = torch.zeros_like(x)
    for _ in range(samples):
        total += batch.input_gradients(x + spread * random.normal(tuple(x.shape[1:])))[1]
    return reduced(total / samples, reduce)
