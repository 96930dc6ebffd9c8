"""Stage `road`: the probability of the class where the most, or the least, salient pixels are imputed.

ROAD, remove and debias (Rong et al., ICML 2022). A removed pixel becomes the mean of its neighbours, and gets some
noise, so that an image does not show the shape of what was removed, as one with black pixels does.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ..masks import Masking, masks
from ..networks.batch import Batch, sent
from ..networks.batches import Batches
from ..networks.probe import Probe, Shard
from ..networks.scores import probability_of
from ..store.reader import Rows
from ._imputation import impute
from ._order import ranks

_NOISE = 0x80AD  # seeds the noise, and no other numbers of an image


@dataclass(frozen=True)
class Removing:
    """What is removed.

    `shares` are percentages of the pixels; `noise` is the standard deviation of what is added to each value of a
    removed pixel, where values lie in [0, 1] before they are normalised; `ties` is the order of equally salient pixels,
    as in stage `curves`.
    """

    shares: Sequence[float]
    noise: float
    ties: str

    @classmethod
    def of(cls, block: Mapping[str, Any]) -> "Removing":
        """Of what decides the stage, as `further.settings` says it."""
        return cls(block["shares"], block["noise"], block["ties"])

    def counts(self, pixels: int) -> list[int]:
        """How many of the pixels are removed, for each share: the nearest number, but never all.

        >>> Removing((20, 40, 99.9), 0.01, "random").counts(25)
        [5, 10, 24]
        """
        return [min(int(share * pixels / 100 + 0.5), pixels - 1) for share in self.shares]


def remove(
    probe: Probe, shard: Shard, raw: Rows, masking: Masking, settings: Removing, batch: int
) -> Iterator[dict[str, np.ndarray]]:
    """Impute the most and the least salient pixels of images, by rank, and forward what comes of it.

    Noise belongs to the image: it is the same for all shares, methods and networks.

    **Arguments:** `raw` float32 (n, h, w), the maps; `batch` inputs forwarded at once; seeds of the shard are needed.
    **Yields:** `morf` and `lerf` float64 (n, shares), the probability of the class without the most and without the
    least relevant pixels; `passes` int32 (n,), two for each share.
    """
    shares = len(settings.shares)

    def one(start: int, stop: int) -> tuple[torch.Tensor, ...]:
        images = Batch.of(probe, shard, start, stop)
        rank = ranks(masks(raw[start:stop], probe.input_shape, masking), settings.ties, images)[0]
        found = _forward(images, rank, settings)
        return found[:, :shares], found[:, shares:], images.passes

    at_once = max(1, 8 * batch // (2 * shares))  # images whose inputs fill eight batches, or nearly
    for _, _, (morf, lerf, passes) in Batches(at_once).each(one, len(shard.pixels)):
        yield {"morf": morf, "lerf": lerf, "passes": passes}


def _forward(images: Batch, rank: torch.Tensor, settings: Removing) -> torch.Tensor:
    """Probabilities float64 (n, 2 x shares), first without the most salient pixels, then without the least.

    **Arguments:** `rank` int64 (n, pixels), 0 for the most salient one.
    """
    pixels, noise = rank.shape[1], _noise(images, settings.noise)
    counts = settings.counts(pixels)
    ends = [[0] * len(counts) + [pixels - count for count in counts], counts + [pixels] * len(counts)]
    first, last = sent(torch.tensor(ends, device="cpu"), images.device)  # ranks that are removed, for each input
    owners = torch.arange(len(images), device=images.device).repeat_interleave(len(first))
    kinds = torch.arange(len(first), device=images.device).repeat(len(images))

    def make(start: int, stop: int) -> torch.Tensor:
        whose, place = owners[start:stop], kinds[start:stop, None]
        removed = ((rank[whose] >= first[place]) & (rank[whose] < last[place])).view(-1, *images.input_shape)
        return impute(images.images[whose], removed).addcmul(noise[whose], removed[:, None])

    found = probability_of(images.scores(make, owners), images.classes[owners], images.probe.score)
    return found.view(len(images), -1)


def _noise(images: Batch, deviation: float) -> torch.Tensor:
    """What removed pixels get, float32 (n, 3, H, W), of normalised images."""
    white = images.probe.prepare(np.full((1, 1, 1, 3), 255, np.uint8))
    return images.random(_NOISE).normal((3, *images.input_shape)) * (deviation * (white - images.black()))
