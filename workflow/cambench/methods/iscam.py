"""IS-CAM: sum_k s_k A_k, s_k the mean over i = 1..N of p(r i / N * H_k * x) (Naidu et al., 2020).

This is the authors' ISS_CAM2. H_k is A_k scaled to [0, 1] and enlarged; N is `samples` and r is `reach`, 1: the
integral from the black image to the one that H_k leaves visible, as their code of 31 July 2020 takes it. A constant
channel counts for nothing. They scale A_k after enlarging it, and add enlarged A_k, which is the same map before its
ReLU, enlarged. Their file as it is now forwards the sum of all ten steps alone, 5.5 H_k * x, which is `samples: 1` with
`reach: 5.5`; but that sum is never begun, so it does not run.

`variant: torchcam` is what torch-cam computes: the mean of the logit of c_i H_k * x with c_i = r i (i + 1) / (2 N), of
which the last are larger than 1, then the softmax over channels, and sum_k w_k A_k.
"""

from typing import Annotated, Literal

import torch
from torch import Tensor

from ._channels import scaled, scores
from ._contract import Batch
from ._settings import Range

PASSES = "channels * samples"


def cam(
    batch: Batch,
    *,
    samples: Annotated[int, Range(1)] = 10,
    reach: Annotated[float, Range(above=0)] = 1,
    variant: Literal["naidu2020", "torchcam"] = "naidu2020",
) -> Tensor:
    """Channels weighted by the score of the input that they leave visible, from dark to bright."""
    A = batch.activations()  # (n, K, h, w)
    H, live = scaled(A)

    def dimmed(owners: Tensor, channels: Tensor, sample: int) -> Tensor:
        step = reach * (sample + 1) / samples
        return (step * (sample + 2) / 2 if variant == "torchcam" else step) * H[owners, channels]

    if variant == "torchcam":
        w = scores(batch, torch.ones_like(live), dimmed, samples, logit=True).softmax(1)
    else:
        w = scores(batch, live, dimmed, samples, logit=False)
    return (w[:, :, None, None] * A).sum(1)
