"""Stage `channel_scores`: what Score-CAM asks of the clean images, once for all labels that ask it."""

from collections.abc import Iterator

import numpy as np
import torch

from ..methods import images_at_once
from ..methods.scorecam import of_channels
from ..networks.batch import Batch
from ..networks.batches import Batches
from ..networks.probe import Probe, Shard


def score(probe: Probe, shard: Shard, batch: int) -> Iterator[dict[str, np.ndarray]]:
    """Probability of each image's class when it is seen through one channel alone, batch by batch.

    **Arguments:** `batch` inputs are forwarded at once. **Yields:** `scores` float32 (n, K), for constant channels that
    of the black image; `passes` int32 (n,), that of the activations among them, though it may be a shared one.
    """

    def one(start: int, stop: int) -> tuple[torch.Tensor, ...]:
        seen = Batch.of(probe, shard, start, stop)
        return of_channels(seen), seen.passes

    for _, _, (scores, passes) in Batches(images_at_once("scorecam", batch)).each(one, len(shard.classes)):
        yield {"scores": scores, "passes": passes}
