"""Sizes in pixels of a block `preprocessing`, whose `resize` and `crop` are one number or a pair."""

from collections.abc import Mapping
from typing import Any


def input_shape(preprocessing: Mapping[str, Any]) -> tuple[int, int]:
    """Height and width of a network's input: those of the centre crop, whose side stands for both."""
    crop = preprocessing["crop"]
    height, width = (crop, crop) if isinstance(crop, int) else crop
    return height, width
