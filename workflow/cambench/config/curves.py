"""Check that every network's curves have as many inner steps as points are to be drawn."""

import math
from collections.abc import Iterator
from typing import Any

from ..images.sizes import input_shape
from ..points import inner_steps


def problems(config: dict[str, Any]) -> Iterator[str]:
    """One line that names the network with the fewest inner steps, if they are too few.

    A network whose input's size is its own, and not known yet, is passed over.
    """
    curves, blocks = config["curves"], config["networks"]
    sizes = {name: block["preprocessing"] for name, block in blocks.items() if "crop" in block["preprocessing"]}
    if not curves["enabled"] or curves["points"] == "all" or not sizes:
        return
    step = curves["pixels_per_step"]
    inner = {name: inner_steps(math.prod(input_shape(block)), step) for name, block in sizes.items()}
    name, fewest = min(inner.items(), key=lambda item: item[1])
    if curves["points"] > fewest:
        yield f"config: curves.points: {curves['points']}, but {name} has {fewest} inner steps of {step} pixels"
