"""Stage `complement`: the probability of the class on each image without what its map shows."""

from collections.abc import Iterator

import numpy as np
import torch

from ..masks import Masking, masks_on
from ..networks.batch import Batch
from ..networks.batches import Batches
from ..networks.masking import mask_images
from ..networks.probe import Probe, Shard
from ..networks.scores import probability_of
from ..store.reader import Rows


def take_away(probe: Probe, shard: Shard, raw: Rows, masking: Masking, batch: int) -> Iterator[dict[str, np.ndarray]]:
    """Mask each image with what its map leaves out, 1 - U(S), and forward it, batch by batch: one pass each.

    What is taken away is 0 in normalised space, and black in pixel space, as in stage `masked`. A map that is constant
    or not finite has U = 0, so it leaves the image as it is.

    **Arguments:** `raw` float32 (n, h, w), the maps; `batch` inputs forwarded at once.
    **Yields:** `probability` float64 (n,) of the class; `passes` int32 (n,).
    """

    def one(start: int, stop: int) -> tuple[torch.Tensor, ...]:
        images = Batch.of(probe, shard, start, stop)
        mask = masks_on(probe.device, raw[start:stop], probe.input_shape, masking)
        inputs = mask_images(probe, shard.pixels[start:stop], 1 - mask, masking.space)
        logits = images.scores(lambda first, last: inputs[first:last], torch.arange(len(images), device=images.device))
        return probability_of(logits, images.classes, probe.score), images.passes

    for _, _, (probability, passes) in Batches(batch).each(one, len(shard.pixels)):
        yield {"probability": probability, "passes": passes}
