"""Stage `localisation`: a row per image of one network and method, from its stored maps."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from ..images import objects as places
from ..masks import Masking, masks
from ..store.layout import Shapes
from ..store.reader import Rows
from . import image

_BLOCK = 256
_COUNTS = ("true_positives", "false_positives", "false_negatives", "true_negatives")


def rows(
    read: Callable[[str], Rows],
    images: tuple[int, int],
    shapes: Shapes,
    masking: Masking,
    objects: pl.LazyFrame,
    thresholds: int,
) -> Iterator[dict[str, np.ndarray]]:
    """Columns of the table of images, block by block.

    **Arguments:** `read` gives the rows of a variable; `images` are the first of them in the manifest and the one after
    the last; `objects` a table of `images.objects`, read block by block. **Yields:** image; object_lost; if there are
    boxes, `boxes`, uint8 (n, 4 thresholds), whether each of `image.CRITERIA` is met at each threshold; `inside` and
    `outside`, int32 (n, thresholds + 1), pixels of each level; and counts of pixels at the threshold mean U.
    """
    boxed = places.with_boxes(objects)
    for start in range(0, images[1] - images[0], _BLOCK):
        raw = read("saliency.raw")[start : start + _BLOCK]
        first = images[0] + start
        where = first, first + len(raw)
        inside, lost = places.located(objects, *where, shapes.input)
        boxes = None if boxed is None else boxed.slice(first, len(raw)).collect()["boxes"].to_list()
        # One by one: masks of a block would take some hundred megabytes.
        parts = [
            _of_image(masks(raw[n : n + 1], shapes.input, masking)[0], inside[n], boxes and boxes[n], thresholds)
            for n in range(len(raw))
        ]
        found = {name: np.stack([part[name] for part in parts]) for name in parts[0]}
        yield {"image": np.arange(*where), "object_lost": lost, **found}


def _of_image(
    mask: np.ndarray, inside: np.ndarray, boxes: Sequence[Any] | None, thresholds: int
) -> dict[str, np.ndarray]:
    level = image.levels(mask, thresholds)
    found = {} if boxes is None else {"boxes": image.matches(level, boxes, thresholds).ravel()}
    found |= dict(zip(("inside", "outside"), image.histograms(level, inside, thresholds), strict=True))
    return found | dict(zip(_COUNTS, image.confusion(mask, inside), strict=True))
