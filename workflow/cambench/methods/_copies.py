"""Explain copies of images, mirrored or noisy, with any method, and average their maps."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from ..networks.batch import Batch
from ._smoothing import Smoothing

_APART = 2**33  # from the numbers that a method itself may draw


def averaged(
    explain: Callable[[Batch], tuple[Tensor, Tensor]], batch: Batch, smoothing: Smoothing
) -> tuple[Tensor, Tensor]:
    """Mean of the raw maps of copies, mirrored back, and the largest of their conditions."""
    found = [(mirrored, *explain(copy)) for copy, mirrored in _copies(batch, smoothing)]
    maps = torch.stack([maps.flip(2) if mirrored else maps for mirrored, maps, _ in found])
    return maps.mean(0), torch.stack([condition for *_, condition in found]).amax(0)


def _copies(batch: Batch, smoothing: Smoothing) -> Iterator[tuple[Batch, bool]]:
    """The copies, and whether each is mirrored. The first one of no noise is the batch itself, which may be known."""
    for copy in _noisy(batch, smoothing):
        yield copy, False
        if smoothing.flips:
            yield batch.of_inputs(copy.images.flip(3)), True


def _noisy(batch: Batch, smoothing: Smoothing) -> Iterator[Batch]:
    if not smoothing.noise:
        yield batch
        return
    x, random = batch.images, batch.random(_APART)
    spread = smoothing.noise * (x.amax((1, 2, 3), keepdim=True) - x.amin((1, 2, 3), keepdim=True))
    for _ in range(smoothing.copies):
        yield batch.of_inputs(x + spread * random.normal(tuple(x.shape[1:])))
