"""What one map adds to the numbers of a set: its boxes against the object's, and its pixels inside and outside.

A mask U is cut at T thresholds of its own maximum, 0, 1/T, ... (T - 1)/T: above the k-th lie the pixels with
U > k/T max U. A pixel's level is the number of thresholds that it lies above, so that {level > k} is what is left at
the k-th. Of a mask that is zero everywhere nothing is left.

Boxes follow MaxBoxAcc (Choe et al., "Evaluating weakly supervised object localization methods right", CVPR 2020) with
these definitions in the place of what their code takes from OpenCV: components are of eight neighbours, as contours
are, and holes in them are none; the largest one has the most pixels (among equal ones the first in the order of
reading), where a contour is to enclose the largest area, which of a single pixel or a line is 0; U is not rounded to
256 values; and a box reaches from the first edge of its first pixel to the last edge of its last one, so that areas
need no +1.
"""

from collections.abc import Sequence

import numpy as np

from ..images.boxes import Box
from .components import Components, components

# V1: the largest component's box, at an IoU of 0.5. V2: the best of all components', at each of three.
CRITERIA = (("largest", 0.5), ("any", 0.3), ("any", 0.5), ("any", 0.7))


def levels(mask: np.ndarray, thresholds: int) -> np.ndarray:
    """Above how many of the thresholds each pixel of a mask lies, int64 (H, W) in [0, thresholds].

    **Arguments:** `mask` U, float (H, W), at least 0.

    >>> levels(np.array([[0.0, 0.1, 0.25, 0.3, 0.5]]), 2)
    array([[0, 1, 1, 2, 2]])
    """
    cuts = np.arange(thresholds) / thresholds * float(mask.max())
    return np.searchsorted(cuts, mask.ravel().astype(np.float64)).reshape(mask.shape)


def matches(level: np.ndarray, boxes: Sequence[Box], thresholds: int) -> np.ndarray:
    """Whether each of `CRITERIA` is met at each threshold, uint8 (4, thresholds).

    **Arguments:** `boxes` of the object in pixels of the input; what lies outside it is cut away. An object that is out
    of the input is met by nothing.

    >>> matches(np.array([[0, 2, 2, 1, 0, 2]]), [(1, 0, 3, 1)], 2).tolist()
    [[1, 1], [1, 1], [1, 1], [0, 1]]
    """
    found, (high, wide) = components(level), level.shape
    limits = np.array([wide, high, wide, high], np.float64)
    inside = np.clip(np.asarray(boxes, np.float64).reshape(-1, 4), 0, limits)
    inside = inside[(inside[:, 2] > inside[:, 0]) & (inside[:, 3] > inside[:, 1])]
    if not len(found) or not len(inside):
        return np.zeros((len(CRITERIA), thresholds), np.uint8)
    best = overlap(found.boxes, inside).max(1)
    of = {"largest": _of_largest(found, best, thresholds), "any": _most(found, best, thresholds, 0.0)}
    return np.stack([of[which] >= least for which, least in CRITERIA]).astype(np.uint8)


def overlap(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over union of each of some boxes (m, 4) with each of others (n, 4), float64 (m, n).

    >>> overlap(np.array([[0, 0, 2, 1]]), np.array([[1, 0, 3, 1], [5, 5, 6, 6]])).round(3).tolist()
    [[0.333, 0.0]]
    """
    a, b = boxes[:, None].astype(np.float64), others[None].astype(np.float64)
    shared = np.prod(np.maximum(np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]), 0), axis=2)
    return shared / (np.prod(a[..., 2:] - a[..., :2], axis=2) + np.prod(b[..., 2:] - b[..., :2], axis=2) - shared)


def histograms(level: np.ndarray, inside: np.ndarray, thresholds: int) -> tuple[np.ndarray, np.ndarray]:
    """How many pixels of each level belong to the object, and how many do not, int32 (thresholds + 1,) each."""
    of_object, of_others = (np.bincount(level[which], minlength=thresholds + 1) for which in (inside, ~inside))
    return of_object.astype(np.int32), of_others.astype(np.int32)


def confusion(mask: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """True and false positives, false and true negatives of {U > mean U} as the object, int32 (4,).

    This threshold is that of papers on transformers (Chefer, Gur and Wolf, CVPR 2021).

    >>> confusion(np.array([[0.0, 1.0, 1.0, 0.0]]), np.array([[True, True, False, False]]))
    array([1, 1, 1, 1], dtype=int32)
    """
    shown = mask > mask.mean(dtype=np.float64)
    counts = [shown & inside, shown & ~inside, ~shown & inside, ~shown & ~inside]
    return np.array([np.count_nonzero(count) for count in counts], np.int32)


def _of_largest(found: Components, values: np.ndarray, thresholds: int) -> np.ndarray:
    """The value of the component that has the most pixels at each threshold; 0 where there is none."""
    order = np.lexsort((-found.first, found.area))
    place = np.empty(len(found), np.int64)
    place[order] = np.arange(len(found))
    largest = _most(found, place, thresholds, -1)
    return np.where(largest >= 0, values[order[largest]], 0)


def _most(found: Components, values: np.ndarray, thresholds: int, nothing: float) -> np.ndarray:
    """The largest value among the components of each threshold; `nothing` where there is none.

    A component's thresholds are covered by two ranges as long as a power of two; each halves the longer ones.
    """
    power = np.log2(found.stop - found.start).astype(np.int64)
    ranges = np.full((int(power.max()) + 1, thresholds), nothing, values.dtype)
    np.maximum.at(ranges, (power, found.start), values)
    np.maximum.at(ranges, (power, found.stop - 2**power), values)
    for number in range(len(ranges) - 1, 0, -1):
        half, longer, shorter = 2 ** (number - 1), ranges[number], ranges[number - 1]
        np.maximum(shorter, longer, out=shorter)
        np.maximum(shorter[half:], longer[:-half], out=shorter[half:])
    return ranges[0]
