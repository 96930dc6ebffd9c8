"""Where the objects of images lie in the network's input: their boxes, through the image's own resize and crop."""

from typing import Any

import polars as pl

from ..errors import InputError
from .boxes import Box, Boxes, mask
from .decode import Cropping, placement
from .sizes import sides

SCHEMA: dict[str, Any] = {"image": pl.Int64, "boxes": pl.List(pl.List(pl.Float64)), "object_lost": pl.Float64}


def table(listed: pl.DataFrame, boxes: Boxes, cropping: Cropping) -> pl.DataFrame:
    """Boxes of all images in pixels of the crop, and how much of the objects lies outside it.

    **Arguments:** `listed` the manifest: image, path, width, height. **Returns:** image; boxes, each left, top, right,
    bottom, which may lie outside; object_lost, the share of the objects' pixels that fall out of the crop, in [0, 1].
    **Raises:** `InputError`, one line, if an image has no box, or one that lies outside it.
    """
    found, rows = boxes.of(listed["path"]), []
    if without := [path for path in listed["path"] if not found[path]]:
        first = f"{len(without):,} of {len(listed):,} images have no box, such as {without[0]}"
        raise InputError(f"{boxes.place}: {first}; list only images that have one (kind: manifest)")
    for image, path, width, height in listed.select("image", "path", "width", "height").iter_rows():
        for left, top, right, bottom in found[path]:
            if left >= width or top >= height or right <= 0 or bottom <= 0:
                said = f"a box of {path} lies outside it: {[left, top, right, bottom]} of {width} x {height} pixels"
                raise InputError(f"{boxes.place}: {said}")
        moved, lost = _placed(found[path], (width, height), cropping)
        rows.append({"image": image, "boxes": moved, "object_lost": lost})
    return pl.DataFrame(rows, schema=SCHEMA)


def _placed(boxes: list[Box], size: tuple[int, int], cropping: Cropping) -> tuple[list[Box], float]:
    """Boxes of an image of that width and height in pixels of its crop, and the share of them that lies outside it.

    All of it does where the objects are so small that no pixel is theirs.
    """
    (wide, high), (left, top) = placement(size, cropping)
    placed = [_moved(box, (wide / size[0], high / size[1]), (0, 0)) for box in boxes]
    whole, (H, W) = mask(placed, (high, wide)), sides(cropping["crop"])
    inside = whole[max(0, top) : top + H, max(0, left) : left + W].sum()
    return [_moved(box, (1, 1), (left, top)) for box in placed], 1 - inside / max(1, whole.sum())


def _moved(box: Box, scale: tuple[float, float], corner: tuple[float, float]) -> Box:
    left, top, right, bottom = box
    (a, b), (x, y) = scale, corner
    return a * left - x, b * top - y, a * right - x, b * bottom - y
