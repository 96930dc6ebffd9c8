"""What stage `networks` writes of each network: `networks/<name>.json`."""

import json
from pathlib import Path
from typing import TypedDict


class Network(TypedDict):
    """Facts of a network on the machine that runs it.

    `map` (h, w) is the target layer's, `input` (H, W); `operations` are those of one image's forward pass, `peak`
    those that the machine does per second; `folded` counts batch norms that were folded into convolutions.
    """

    network: str
    layer: str
    channels: int
    map: list[int]
    input: list[int]
    classes: int
    parameters: int
    operations: int
    peak: float | None
    folded: int
    linear_head: bool
    head_alone: bool
    weights: str
    device: str
    precision: str
    versions: dict[str, str]


def read(path: str | Path) -> Network:
    """The facts in a network's file."""
    facts: Network = json.loads(Path(path).read_text())
    return facts
