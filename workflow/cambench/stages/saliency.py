"""Stage `saliency`: the raw maps of one method on clean images."""

from collections.abc import Iterator

import numpy as np

from ..methods._contract import Method
from ..methods._raw import explained
from ..networks.probe import Probe, Shard


def explain(probe: Probe, method: Method, shard: Shard, shape: tuple[int, int]) -> Iterator[dict[str, np.ndarray]]:
    """Raw maps of images, as the method returns them, batch by batch.

    **Arguments:** `shape` (h, w) of the maps. **Yields:** `raw` float32 (n, h, w); `condition` float32 (n,), how
    much the method magnifies rounding; `passes` int32 (n,), forward passes made. **Raises:** `InputError` for maps or
    conditions of another shape.
    """
    return explained(probe, method, shard, shape)
