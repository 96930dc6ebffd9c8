"""SS-CAM: sum_k s_k A_k, s_k the mean probability of x * (A_k + noise) (Wang, Naidu et al., 2020; the authors' SSCAM1).

A_k is enlarged to the image, and the noise of each pixel is Gaussian with mean 0 and standard deviation s^2, where s is
`sigma` over the range of the enlarged A_k: the authors draw it with s^2 where they would say s. A constant channel
counts for nothing. They add the enlarged A_k, which is the same map before its ReLU, enlarged.

`variant: torchcam` is what torch-cam computes: noise of standard deviation `sigma` is added to A_k scaled to [0, 1],
the score is the logit, w is the softmax over channels of its mean, and the map is sum_k w_k A_k.
"""

from typing import Annotated, Literal

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from ..networks.draws import Random
from ._channels import scaled, scores
from ._contract import Batch
from ._settings import Range

PASSES = "channels * samples"


def cam(
    batch: Batch,
    *,
    samples: Annotated[int, Range(1)] = 35,
    sigma: Annotated[float, Range(0)] = 2,
    seed: Annotated[int, Range(0)] = 0,
    variant: Literal["wang2020", "torchcam"] = "wang2020",
) -> Tensor:
    """Channels weighted by what the network sees through them and much noise."""
    A = batch.activations()  # (n, K, h, w)
    H, live = scaled(A)

    def noisy(owners: Tensor, channels: Tensor, sample: int) -> Tensor:
        maps = (H if variant == "torchcam" else A)[owners, channels]
        maps = interpolate(maps[:, None], batch.input_shape, mode="bilinear")[:, 0]
        ranges = maps.amax((1, 2), keepdim=True) - maps.amin((1, 2), keepdim=True)
        deviation = sigma if variant == "torchcam" else (sigma / ranges) ** 2
        return maps + deviation * _noise(batch, owners, channels * samples + sample, seed)

    if variant == "torchcam":
        w = scores(batch, torch.ones_like(live), noisy, samples, logit=True).softmax(1)
    else:
        w = scores(batch, live, noisy, samples, logit=False)
    return (w[:, :, None, None] * A).sum(1)


def _noise(batch: Batch, owners: Tensor, numbers: Tensor, seed: int) -> Tensor:
    """Standard normal numbers (m, H, W) that belong to an image and a number, with whatever else they are drawn."""
    drawn = [
        Random([batch.seeds[owner]], batch.masked, (seed << 32) + number, batch.device).normal(batch.input_shape)
        for owner, number in zip(owners.tolist(), numbers.tolist(), strict=True)
    ]
    return torch.cat(drawn)
