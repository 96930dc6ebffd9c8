"""Stage `random_weights`: the raw maps of one method on clean images, as a network with random weights gives them.

The network is the same in all but its weights (see `networks/redraw.py`), and so are layer, class and the random
numbers of the images: maps differ by the weights alone, and one that does not look at the network stays what it is.
"""

from collections.abc import Iterator

import numpy as np

from ..methods._contract import Method
from ..methods._raw import explained
from ..networks.probe import Probe, Shard


def explain_random(
    probe: Probe, method: Method, shard: Shard, shape: tuple[int, int]
) -> Iterator[dict[str, np.ndarray]]:
    """Raw maps of images, as the method returns them, batch by batch.

    **Arguments:** `probe` a network with random weights, opened; `shard` with the classes that maps of the trained
    network explain, and nothing else that it has found; `shape` (h, w) of the maps.
    **Yields:** `raw` float32 (n, h, w) and its `condition` float32 (n,); `passes` int32 (n,). **Raises:** `InputError`
    for maps or conditions of another shape.
    """
    return explained(probe, method, shard, shape)
