"""Stage `masked`: one forward pass of the masked input gives its probability and the second map."""

from collections.abc import Iterator

import numpy as np
import torch

from ..masks import Masking, masks_on
from ..methods._contract import Method
from ..networks.batch import Batch
from ..networks.batches import Batches
from ..networks.masking import mask_images
from ..networks.probe import Probe, Shard
from ..store.reader import Rows


def explain_masked(
    probe: Probe, method: Method, shard: Shard, raw: Rows, masking: Masking
) -> Iterator[dict[str, np.ndarray]]:
    """Mask each image with its map, x * U(S), and explain it again, batch by batch.

    **Arguments:** `raw` float32 (n, h, w), the maps of the clean images.
    **Yields:** `probability` float64 (n,) of the same class; `raw` float32 (n, h, w), the map of the masked input, and
    its `condition` float32 (n,); `passes` int32 (n,).
    """

    def one(start: int, stop: int) -> tuple[torch.Tensor, ...]:
        mask = masks_on(probe.device, raw[start:stop], probe.input_shape, masking)
        batch = Batch.of(probe, shard, start, stop, mask_images(probe, shard.pixels[start:stop], mask, masking.space))
        second, condition = method(batch)
        # A method may have no map of the masked input (see methods/file.py); its store then holds none.
        second = second.float().expand(stop - start, *raw.shape[1:])
        return batch.probability(), second, condition, batch.passes

    names = ("probability", "raw", "condition", "passes")
    for _, _, found in Batches(method.images_at_once).each(one, len(shard.pixels)):
        yield dict(zip(names, found, strict=True))
