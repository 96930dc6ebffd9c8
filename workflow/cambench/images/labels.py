"""Labels of images, some of which have several, as rows of one array."""

from pathlib import Path

import numpy as np


def known(single: np.ndarray, manifest: str | Path | None, rows: tuple[int, int]) -> np.ndarray:
    """Every label of some images, int64 (n, most), filled up with -1.

    **Arguments:** `single` int64 (n,), the label of each image, -1 if there is none or several; `manifest` the file
    that lists several, if any image has them; `rows` the images' first row there and the one after the last.
    """
    if manifest is None:
        return single[:, None]
    from ..store import tables  # pulls in polars, which no other job of this kind needs

    lists = tables.read(manifest, ["labels"])["labels"][rows[0] : rows[1]].to_list()
    found = np.full((len(lists), max(1, *map(len, lists))), -1, np.int64)
    for row, labels in zip(found, lists, strict=True):
        row[: len(labels)] = labels
    return found
