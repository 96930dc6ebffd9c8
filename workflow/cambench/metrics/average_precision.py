"""Average Precision: area under the precision of U as a score of the object's pixels (Chefer et al., CVPR 2021)."""

import numpy as np

from ._contract import Column, Explained

COLUMN = Column(
    "average_precision",
    "Average Precision",
    higher_is_better=True,
    place=105,
    definition="mean over the object's pixels: share of the object in all pixels that are at least as salient",
    source="Chefer et al., 2021",
    criterion="localisation",
)
NEEDS = ("saliency.raw", "saliency.mask", "objects.mask")


def measure(seen: Explained) -> np.ndarray | None:
    """Average precision of U as a score of the object's pixels, float64 (n,) in [0, 1]; None without objects.

    It is the area under the steps of precision over recall, as scikit-learn's `average_precision_score` takes it; equal
    pixels share one threshold. So a constant map has the object's share of the input. 0 where a map is not finite, or
    the object is out of the crop. A map that shows all but the object has more than 0, because the last threshold takes
    every pixel.

    >>> p, raw = np.array([0.9]), np.array([[[2.0, 3.0], [1.0, 0.0]]])
    >>> inside = np.array([[[False, True], [True, False]]])
    >>> measure(Explained(p, p, raw, size=(2, 2), objects=inside)).round(6)
    array([0.833333])
    """
    if seen.objects is None:
        return None
    rows = zip(seen.mask, seen.ordered, seen.objects, strict=True)
    found = np.array([_of_image(np.sort(mask[inside]), ordered) for mask, ordered, inside in rows])
    return np.where(seen.clean.nonfinite, 0, found)


def _of_image(object_pixels: np.ndarray, pixels: np.ndarray) -> float:
    """Of the object's pixels and of all pixels, both in ascending order."""
    if not len(object_pixels):
        return 0
    own, every = (len(some) - np.searchsorted(some, object_pixels) for some in (object_pixels, pixels))
    return float((own / every).mean())
