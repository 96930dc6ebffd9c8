"""Figure `objects.png`: some images as the networks see them, with outlines of their objects, for a check by eye."""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import matplotlib
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ...images.objects import unpacked
from .style import COLOURS, STYLE, grid, wrapped

_ACROSS, _CELL, _TEXT = 4, 1.9, 0.5  # cells; inches of a cell, and of the text above it
_SIZE = 7  # points of that text
_LINES = (("white", 2.6), (COLOURS[1], 1.2))  # the second one in the middle of the first, to be seen on any image


def draw(
    found: Mapping[str, pl.LazyFrame],
    titles: Mapping[str, str],
    pixels: Callable[[str, int], np.ndarray],
    images: Sequence[int],
    paths: Sequence[str],
) -> Figure:
    """Draw the images: rows of four for each preprocessing.

    **Arguments:** `found` a table of objects, as `images.objects` makes it, by network, one for each preprocessing;
    `titles` of these by network; `pixels(network, image)` uint8 (H, W, 3); `images` the rows to show; `paths` of all
    images.
    """
    rows = math.ceil(len(images) / _ACROSS)
    high = rows * len(found)
    with matplotlib.rc_context(STYLE):
        figure, axes = grid(high, _ACROSS, (_ACROSS * _CELL + 0.3, high * (_CELL + _TEXT)))
        for axis in [axis for row in axes for axis in row]:
            axis.set(xticks=[], yticks=[], frame_on=False)
        for number, (network, table) in enumerate(found.items()):
            block = axes[number * rows : (number + 1) * rows]
            chosen = table.filter(pl.col("image").is_in(images)).sort("image").collect().rows(named=True)
            for axis, row in zip([axis for cells in block for axis in cells], chosen, strict=False):
                _cell(axis, row, pixels(network, row["image"]), paths[row["image"]])
            if len(found) > 1:
                block[0][0].set_ylabel(wrapped(titles[network], 8, _CELL), fontsize=8)
    return figure


def _cell(axis: Axes, row: Mapping[str, Any], image: np.ndarray, path: str) -> None:
    """An image, the outlines on it, and above it the name of its file and what the crop leaves out."""
    height, width = image.shape[:2]
    axis.imshow(image, extent=(0, width, height, 0))
    if "mask" in row:
        _outline(axis, unpacked(row["mask"], (height, width)))
    for left, top, right, bottom in row.get("boxes", ()):
        for colour, thick in _LINES:
            axis.add_patch(Rectangle((left, top), right - left, bottom - top, fill=False, ec=colour, lw=thick))
    axis.set(xlim=(0, width), ylim=(height, 0))
    axis.set_title(f"{wrapped(PurePosixPath(path).name, _SIZE, _CELL)}\n{_said(row['object_lost'])}", fontsize=_SIZE)


def _outline(axis: Axes, mask: np.ndarray) -> None:
    """The edge of a mask, closed where the image ends."""
    if mask.any():
        height, width = mask.shape
        for colour, thick in _LINES:
            places = np.arange(-0.5, width + 1), np.arange(-0.5, height + 1)
            axis.contour(*places, np.pad(mask, 1), [0.5], colors=[colour], linewidths=thick)


def _said(lost: float) -> str:
    if lost == 1:
        return "all of the object is outside"
    return f"{100 * lost:.1f} % of the object is outside" if lost else "all of the object is inside"
