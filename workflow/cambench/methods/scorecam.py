"""Score-CAM: sum_k w_k A_k, w = softmax over channels of the score of x * H_k (Wang et al., CVPRW 2020, alg. 1).

H_k is A_k scaled to [0, 1] and upsampled. A constant channel has H_k = 0, so one pass of the black image serves all of
an image's constant channels. `score: logit` is what torch-cam and pytorch-grad-cam take.

`variant: poppi2021` is what the code released with Poppi et al. (CVPRW 2021) computes: w_k = p(x * H_k) without the
softmax, the sum is over the scaled activations, and constant channels contribute nothing.
"""

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from ..contract import ProbeLike

COSTLY = True


def cam(
    probe: ProbeLike, images: Tensor, classes: Tensor, *, score: str = "probability", variant: str = "wang2020"
) -> Tensor:
    """Channels weighted by the score of the input that they leave visible."""
    A = probe.activations(images)
    low, high = A.amin((2, 3), keepdim=True), A.amax((2, 3), keepdim=True)
    live = (high > low)[:, :, 0, 0]  # (n, K)
    H = torch.where(high > low, (A - low) / torch.where(high > low, high - low, 1), 0)
    paper = variant == "poppi2021"
    owners, channels = live.nonzero(as_tuple=True)
    black = live.new_zeros(len(A), 0).nonzero()[:, 0] if paper else (~live).any(1).nonzero()[:, 0]
    everyone = torch.cat([owners, black])

    def masked(start: int, stop: int) -> Tensor:
        masks = H[owners[start:stop], channels[start:stop], None]
        masks = interpolate(masks, images.shape[2:], mode="bilinear") if len(masks) else masks.new_zeros(0, 1, 1, 1)
        inputs = images[everyone[start:stop]]
        inputs[: len(masks)] *= masks
        inputs[len(masks) :] = 0
        return inputs

    logits = probe.scores(masked, everyone)
    scored = logits.softmax(1) if score == "probability" else logits
    scored = scored.gather(1, classes[everyone][:, None])[:, 0]
    s = torch.zeros_like(low[:, :, 0, 0])
    background = s.new_zeros(len(A)).index_put((black,), scored[len(owners) :])
    s = torch.where(live, s.index_put((owners, channels), scored[: len(owners)]), background[:, None])
    if paper:
        return (torch.where(live, s, 0)[:, :, None, None] * H).sum(1)
    return (s.softmax(1)[:, :, None, None] * A).sum(1)
