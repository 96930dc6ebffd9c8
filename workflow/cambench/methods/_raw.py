"""Raw maps of images, of the shape that was announced."""

from collections.abc import Iterator

import numpy as np
from torch import Tensor

from ..errors import InputError
from ..networks.batch import Batch
from ..networks.batches import Batches
from ..networks.probe import Probe, Shard
from ._contract import Method


def raw_maps(method: Method, batch: Batch, shape: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Raw maps of a batch of n images, float32 (n, h, w), and their condition, float32 (n,).

    **Arguments:** `shape` (h, w) of the maps. **Raises:** `InputError` for maps or conditions of another shape.
    """
    raw, condition = method(batch)
    if raw.shape != (len(batch), *shape):
        raise InputError(f"method returned maps of shape {tuple(raw.shape)}, not {(len(batch), *shape)}")
    if condition.shape != (len(batch),):
        raise InputError(f"method returned conditions of shape {tuple(condition.shape)}, not {(len(batch),)}")
    return raw.float(), condition


def explained(probe: Probe, method: Method, shard: Shard, shape: tuple[int, int]) -> Iterator[dict[str, np.ndarray]]:
    """Raw maps of all images of a shard, batch by batch.

    **Yields:** `raw` float32 (n, h, w); `condition` float32 (n,); `passes` int32 (n,). **Raises:** as `raw_maps`.
    """

    def one(start: int, stop: int) -> tuple[Tensor, ...]:
        batch = Batch.of(probe, shard, start, stop)
        return *raw_maps(method, batch, shape), batch.passes

    for _, _, (raw, condition, passes) in Batches(method.images_at_once).each(one, len(shard.pixels)):
        yield {"raw": raw, "condition": condition, "passes": passes}
