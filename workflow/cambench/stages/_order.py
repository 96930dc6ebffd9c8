"""The order of pixels, the most salient first, and of those that are equally salient."""

import numpy as np
import torch

from ..networks.batch import Batch, sent

_TIES = 0x7135  # seeds the order of equal pixels, and no other numbers of an image


def ranks(mask: np.ndarray, ties: str, images: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """The place of each pixel, 0 for the most salient one, and the values in that order.

    **Arguments:** `mask` float32 (n, H, W); `ties`, the order of equal ones: random, drawn for each image and the same
    for all methods; reading; reversed. **Returns:** int64 (n, pixels) in reading order, and float32 (n, pixels).
    """
    flat = sent(torch.from_numpy(mask), images.device).flatten(1)
    first = _first_of_equals(flat, ties, images)
    ordered, place = flat.gather(1, first).sort(dim=1, descending=True, stable=True)
    order = first.gather(1, place)
    places = torch.arange(flat.shape[1], device=flat.device).expand_as(order)
    return torch.empty_like(order).scatter_(1, order, places), ordered


def _first_of_equals(flat: torch.Tensor, ties: str, images: Batch) -> torch.Tensor:
    """All pixels, int64 (n, pixels), in the order in which equal ones are taken."""
    if ties == "random":
        return images.random(_TIES).uniform(flat.shape[1:]).argsort(dim=1)
    reading = torch.arange(flat.shape[1], device=flat.device).expand(flat.shape)
    return reading.flip(1) if ties == "reversed" else reading
