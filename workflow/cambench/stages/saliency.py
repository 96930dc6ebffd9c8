"""Stage `saliency`: the raw maps of one method on clean images."""

from collections.abc import Iterator

import numpy as np
import torch

from ..errors import InputError
from ..methods._contract import Method
from ..networks.batch import Batch
from ..networks.batches import Batches
from ..networks.probe import Probe, Shard


def explain(probe: Probe, method: Method, shard: Shard, shape: tuple[int, int]) -> Iterator[dict[str, np.ndarray]]:
    """Raw maps of images, as the method returns them, batch by batch.

    **Arguments:** `shape` (h, w) of the maps. **Yields:** `raw` float32 (n, h, w); `condition` float32 (n,), how
    much the method magnifies rounding; `passes` int32 (n,), forward passes made. **Raises:** `InputError` for maps or
    conditions of another shape.
    """

    def one(start: int, stop: int) -> tuple[torch.Tensor, ...]:
        batch = Batch.of(probe, shard, start, stop)
        raw, condition = method(batch)
        if raw.shape != (stop - start, *shape):
            raise InputError(f"method returned maps of shape {tuple(raw.shape)}, not {(stop - start, *shape)}")
        if condition.shape != (stop - start,):
            raise InputError(f"method returned conditions of shape {tuple(condition.shape)}, not {(stop - start,)}")
        return raw.float(), condition, batch.passes

    for _, _, (raw, condition, passes) in Batches(method.images_at_once).each(one, len(shard.pixels)):
        yield {"raw": raw, "condition": condition, "passes": passes}
