"""Channels as masks of the image: what methods share that look at it through one channel after the other."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from ._contract import Batch

Mask = Callable[[Tensor, Tensor, int], Tensor]  # owners (m,), channels (m,), sample: maps (m, h, w) or (m, H, W)


def scaled(A: Tensor) -> tuple[Tensor, Tensor]:
    """H, A (n, K, h, w) scaled to [0, 1], 0 for constant channels; and which channels are not constant, (n, K)."""
    low, high = A.amin((2, 3), keepdim=True), A.amax((2, 3), keepdim=True)
    H = torch.where(high > low, (A - low) / torch.where(high > low, high - low, 1), 0)
    return H, (high > low)[:, :, 0, 0]


def scores(batch: Batch, seen: Tensor, mask: Mask, samples: int, logit: bool) -> Tensor:
    """Mean score over samples of the image through each channel, (n, K); 0 where it is not seen.

    **Arguments:** `seen` bool (n, K), channels to look through; `mask` makes what the image is multiplied by; `logit`
    says whether the logit of the class is the score, or its probability.
    """
    owners, channels = seen.nonzero(as_tuple=True)
    total = torch.zeros(len(owners), device=seen.device)
    for sample in range(samples if len(owners) else 0):

        def masked(start: int, stop: int, sample: int = sample) -> Tensor:
            masks = mask(owners[start:stop], channels[start:stop], sample)[:, None]
            if masks.shape[2:] != batch.input_shape:
                masks = interpolate(masks, batch.input_shape, mode="bilinear")
            return batch.images[owners[start:stop]] * masks

        logits = batch.scores(masked, owners)
        chosen = logits.gather(1, batch.classes[owners][:, None])[:, 0]
        total += chosen if logit else batch.probability_in(logits, owners)
    return torch.zeros(seen.shape, device=seen.device).index_put((owners, channels), total / samples)
