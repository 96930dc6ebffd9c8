"""Where the objects of images lie in the network's input: boxes or masks, through the image's own resize and crop.

A table of objects has a row per image: `boxes`, each left, top, right, bottom in pixels of the crop, which may lie
outside; or `mask`, the pixels of the crop row by row, eight to a byte as `numpy.packbits` puts them. And `object_lost`,
the share of the objects' pixels that fall out of the crop, in [0, 1].
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from PIL import Image

from ..errors import InputError
from . import boxes as of_boxes
from . import object_masks as of_masks
from .boxes import Box, Boxes
from .decode import Cropping, placement
from .object_masks import Masks
from .sizes import sides

SCHEMA: dict[str, Any] = {"image": pl.Int64, "boxes": pl.List(pl.List(pl.Float64)), "object_lost": pl.Float64}
MASKED: dict[str, Any] = {"image": pl.Int64, "mask": pl.Binary, "object_lost": pl.Float64}
_Row = tuple[int, str, int, int]  # of the manifest: image, path, width, height


def read(kind: str, place: str) -> Boxes | Masks:
    """What a user says of objects: `boxes` or `masks`, of that place. **Raises:** as `boxes.read`."""
    return of_masks.read(place) if kind == "masks" else of_boxes.read(place)


def table(listed: pl.DataFrame, known: Boxes | Masks, cropping: Cropping) -> pl.DataFrame:
    """Where the objects of all images lie in the crop, and how much of them lies outside it.

    **Arguments:** `listed` the manifest: image, path, width, height. **Returns:** a table of objects, of boxes or of
    masks. **Raises:** `InputError`, one line, if an image has no box, or one that lies outside it; or no mask, one of
    another size, or one without a pixel of the object.
    """
    rows = list(listed.select("image", "path", "width", "height").iter_rows())
    if isinstance(known, Masks):
        return pl.DataFrame(_of_masks(rows, known, cropping), MASKED, orient="row")
    return pl.DataFrame(_of_boxes(rows, known, cropping), SCHEMA, orient="row")


def located(found: pl.DataFrame | pl.LazyFrame, first: int, after: int, size: tuple[int, int]) -> tuple[Any, Any]:
    """Where the objects of some images lie.

    **Arguments:** `found` a table of objects, of which only these rows are read if it is lazy; `first` of the images,
    and the one `after` the last; `size` (H, W) of the input. **Returns:** pixels of the objects, bool (n, H, W), and
    `object_lost`, float64 (n,).
    """
    rows = found.lazy().slice(first, after - first).collect()
    if "mask" in rows.columns:
        inside = [unpacked(mask, size) for mask in rows["mask"]]
    else:
        inside = [of_boxes.mask(boxes, size) for boxes in rows["boxes"].to_list()]
    return np.stack(inside), rows["object_lost"].to_numpy()


def with_boxes(found: pl.LazyFrame) -> pl.LazyFrame | None:
    """A table of objects if it has boxes; None if it has masks."""
    return found if "boxes" in found.collect_schema() else None


def unpacked(mask: bytes, size: tuple[int, int]) -> np.ndarray:
    """Pixels of a mask as a table of objects has it, bool (H, W).

    >>> unpacked(bytes([0b01000100]), (2, 4)).astype(int).tolist()
    [[0, 1, 0, 0], [0, 1, 0, 0]]
    """
    pixels = np.unpackbits(np.frombuffer(mask, np.uint8), count=size[0] * size[1])
    return pixels.reshape(size).astype(bool)


def _of_boxes(rows: list[_Row], known: Boxes, cropping: Cropping) -> list[tuple[int, list[Box], float]]:
    found = known.of([path for _, path, _, _ in rows])
    _refuse_without(known.place, "box", [path for path, boxes in found.items() if not boxes], len(rows))
    for _, path, width, height in rows:
        for left, top, right, bottom in found[path]:
            if left >= width or top >= height or right <= 0 or bottom <= 0:
                said = f"a box of {path} lies outside it: {[left, top, right, bottom]} of {width} x {height} pixels"
                raise InputError(f"{known.place}: {said}")
    return [(image, *_placed(found[path], size, cropping)) for image, path, *size in rows]


def _of_masks(rows: list[_Row], known: Masks, cropping: Cropping) -> list[tuple[int, bytes, float]]:
    files = known.of([path for _, path, _, _ in rows])
    _refuse_without(known.place, "mask", [path for path, file in files.items() if file is None], len(rows))
    empty, found = [], []
    for image, path, mask in _masks(rows, files, known):
        if mask.getbbox() is None:
            empty.append(path)
        found.append((image, *_cropped(mask, cropping)))
    _refuse_without(known.place, "pixel of an object in their mask", empty, len(rows))
    return found


def _masks(rows: list[_Row], files: dict[str, Path | None], known: Masks) -> Iterator[tuple[int, str, Image.Image]]:
    """Image, path and mask, one after the other."""
    for image, path, width, height in rows:
        if file := files[path]:
            yield image, path, known.read(file, (width, height))


def _refuse_without(place: str, what: str, paths: list[str], images: int) -> None:
    if paths:
        first = f"{len(paths):,} of {images:,} images have no {what}, such as {paths[0]}"
        raise InputError(f"{place}: {first}; list only images that have one (kind: manifest)")


def _cropped(mask: Image.Image, cropping: Cropping) -> tuple[bytes, float]:
    """The mask in the crop, packed, and the share of the object that lies outside it.

    Of the resized image, a pixel is of the object if its centre is. All of the object is lost where no pixel is left.
    """
    (wide, high), (left, top) = placement(mask.size, cropping)
    resized, (H, W) = mask.resize((wide, high), Image.Resampling.NEAREST), sides(cropping["crop"])
    inside = np.asarray(resized.crop((left, top, left + W, top + H))) > 0
    kept, whole = int(inside.sum()), int(np.count_nonzero(np.asarray(resized)))
    return np.packbits(inside).tobytes(), 1 - kept / max(1, whole)


def _placed(boxes: list[Box], size: list[int], cropping: Cropping) -> tuple[list[Box], float]:
    """Boxes of an image of that width and height in pixels of its crop, and the share of them that lies outside it.

    All of it does where the objects are so small that no pixel is theirs.
    """
    (wide, high), (left, top) = placement((size[0], size[1]), cropping)
    placed = [_moved(box, (wide / size[0], high / size[1]), (0, 0)) for box in boxes]
    whole, (H, W) = of_boxes.mask(placed, (high, wide)), sides(cropping["crop"])
    inside = whole[max(0, top) : top + H, max(0, left) : left + W].sum()
    return [_moved(box, (1, 1), (left, top)) for box in placed], 1 - inside / max(1, whole.sum())


def _moved(box: Box, scale: tuple[float, float], corner: tuple[float, float]) -> Box:
    left, top, right, bottom = box
    (a, b), (x, y) = scale, corner
    return a * left - x, b * top - y, a * right - x, b * bottom - y
