"""Check that the grids whose places are removed are no finer than the pixels of any network's input."""

from collections.abc import Iterator
from typing import Any

from .. import further
from ..images.sizes import input_shape
from . import metrics


def problems(config: dict[str, Any]) -> Iterator[str]:
    """One line for each grid with more places along a side than the smallest input has pixels, which names its network.

    A network whose input's size is its own, and not known yet, is passed over; so are metrics that cannot be used.
    """
    blocks = {name: block["preprocessing"] for name, block in config["networks"].items()}
    sides = {name: min(input_shape(block)) for name, block in blocks.items() if "crop" in block}
    if not sides or any(metrics.problems(config)) or not further.is_made("perturbations", config):
        return
    asked = further.settings("perturbations", config)
    name, fewest = min(sides.items(), key=lambda item: item[1])
    for key in ("cells", "grid"):
        if asked[key] > fewest:
            yield f"config: perturbations.{key}: {asked[key]}, but inputs of {name} have {fewest} pixels along a side"
