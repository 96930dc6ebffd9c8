"""What stage `networks` writes of each network: `networks/<name>.json`."""

from pathlib import Path
from typing import Any, TypedDict, cast

from . import files


class Network(TypedDict):
    """Facts of a network.

    `map` (h, w) is the target layer's, `input` (H, W); `operations` are those of one image's forward pass; `folded`
    counts batch norms that were folded into convolutions. `weights` names the weights; `state` is the SHA-256 of all
    parameters and buffers as they were built; `random` says whether they depend on the seed. `preprocessing` was used,
    `own_preprocessing` is what the weights were made with as far as they say it, with the same keys: resize, crop,
    interpolation, mean, std. Nothing here tells of the machine: maps depend on this file by content, and a lost one may
    be made again elsewhere.
    """

    network: str
    layer: str
    channels: int
    map: list[int]
    input: list[int]
    classes: int
    parameters: int
    operations: int
    folded: int
    linear_head: bool
    head_alone: bool
    weights: str
    state: str
    random: bool
    preprocessing: dict[str, Any]
    own_preprocessing: dict[str, Any] | None
    precision: str


def read(path: str | Path) -> Network:
    """The facts in a network's file. **Raises:** `InputError` if it is damaged."""
    return cast(Network, files.read_json(path, Network.__required_keys__))
