"""GridPG, the grid pointing game: share of the positive attribution in the cell of the class (Böhle et al., CVPR 2021).

The input is a mosaic of images of different classes, so where the evidence for a class lies is known by construction.
"""

import numpy as np

from ..masks import upsampled
from ._contract import Column, Explained

COLUMN = Column(
    "grid_pointing_game",
    "Grid Pointing Game",
    higher_is_better=True,
    place=99.5,
    definition="sum of U+ in the cell of the class / sum of U+; U+ the positive part of the upsampled map, not scaled",
    source="Böhle et al., 2021",
    criterion="localisation",
)
NEEDS = ("saliency.raw", "saliency.mask", "objects.mask")


def measure(seen: Explained) -> np.ndarray | None:
    """Share of the positive part of the map that lies in the object, the cell, float64 (n,) in [0, 1]; None without.

    A method's map goes through a ReLU if the method says so, then it is upsampled, and what is negative is left out. No
    minimum is taken off, so a flat positive map has what the cell covers, which is chance. 0 where nothing is positive
    or a value is not finite. The authors also take 0 where the sum is below 1e-7. A raw map has no unit, so its scale
    would decide then; here it does not.

    >>> p, raw = np.array([0.9]), np.array([[[1.0, 3.0], [1.0, -2.0]]])
    >>> cell = np.array([[[False, True], [False, False]]])
    >>> measure(Explained(p, p, raw, size=(2, 2), objects=cell)).round(6)
    array([0.6])
    """
    if seen.objects is None:
        return None
    positive = np.maximum(upsampled(_unit(seen.raw, seen.masking.relu), seen.size), 0, dtype=np.float64)
    total = positive.sum((1, 2))
    return np.where(total > 0, (positive * seen.objects).sum((1, 2)) / np.where(total > 0, total, 1), 0)


def _unit(raw: np.ndarray, relu: bool) -> np.ndarray:
    """Maps divided by their largest number, float64 (n, h, w), so that no sum overflows; 0 where one is not finite."""
    kept = np.where(np.isfinite(raw).all((1, 2), keepdims=True), raw, 0).astype(np.float64)
    kept = np.maximum(kept, 0) if relu else kept
    most = np.abs(kept).max((1, 2), keepdims=True)
    return kept / np.where(most > 0, most, 1)
