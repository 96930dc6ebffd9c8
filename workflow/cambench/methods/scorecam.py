"""Score-CAM: sum_k w_k A_k, w = softmax over channels of the score of x * H_k (Wang et al., CVPRW 2020, alg. 1).

H_k is A_k scaled to [0, 1] and upsampled. A constant channel has H_k = 0, so one pass of the black image serves all of
an image's constant channels. `score: logit` is what torch-cam and pytorch-grad-cam take.

`variant: poppi2021` is what the code released with Poppi et al. (CVPRW 2021) computes: w_k = p(x * H_k) without the
softmax, the sum is over the scaled activations, and constant channels contribute nothing.
"""

from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from ._channels import scaled
from ._contract import Batch

PASSES = "channels"


def cam(
    batch: Batch,
    *,
    score: Literal["logit", "probability"] = "probability",
    variant: Literal["wang2020", "poppi2021"] = "wang2020",
) -> Tensor:
    """Channels weighted by the score of the input that they leave visible."""
    A = batch.activations()  # (n, K, h, w)
    H, live = scaled(A)
    if variant == "poppi2021":
        s = _scores(batch, H, live, live.new_zeros(len(A)), score)
        return (torch.where(live, s, 0)[:, :, None, None] * H).sum(1)
    s = _scores(batch, H, live, (~live).any(1), score)
    return (s.softmax(1)[:, :, None, None] * A).sum(1)


def of_channels(batch: Batch) -> Tensor:
    """Probabilities (n, K) of x * H_k, or of the black image for constant channels: the same for every `variant`."""
    H, live = scaled(batch.activations())
    return _scores(batch, H, live, (~live).any(1), "probability")


def _scores(batch: Batch, H: Tensor, live: Tensor, black: Tensor, score: str) -> Tensor:
    """Score of every channel, (n, K): of x * H_k where it is live, else of the black image where `black` (n,)."""
    owners, channels = live.nonzero(as_tuple=True)
    blank = black.nonzero()[:, 0]
    everyone = torch.cat([owners, blank])
    if score == "probability" and (known := batch.channel_scores(everyone)) is not None:
        return known
    if not len(everyone):
        return H.new_zeros(live.shape)

    def masked(start: int, stop: int) -> Tensor:
        masks = H[owners[start:stop], channels[start:stop], None]
        masks = interpolate(masks, batch.input_shape, mode="bilinear") if len(masks) else masks.new_zeros(0, 1, 1, 1)
        inputs = batch.images[everyone[start:stop]]
        inputs[: len(masks)] *= masks
        inputs[len(masks) :] = 0
        return inputs

    logits = batch.scores(masked, everyone)
    if score == "probability":
        scored = batch.probability_in(logits, everyone)
    else:
        scored = logits.gather(1, batch.classes[everyone][:, None])[:, 0]
    s = H.new_zeros(live.shape)
    background = s.new_zeros(len(s)).index_put((blank,), scored[len(owners) :])
    return torch.where(live, s.index_put((owners, channels), scored[: len(owners)]), background[:, None])
