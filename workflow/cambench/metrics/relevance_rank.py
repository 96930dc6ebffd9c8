"""Relevance Rank Accuracy: the share of the n most salient pixels in an object of n pixels (Arras et al., 2022)."""

import numpy as np

from ._contract import Column, Explained

COLUMN = Column(
    "relevance_rank",
    "Relevance Rank",
    higher_is_better=True,
    place=103,
    definition="share of the n most salient pixels of U that lie in the object, n the number of its pixels",
    source="Arras et al., 2022",
    criterion="localisation",
)
NEEDS = ("saliency.raw", "saliency.mask", "objects.mask")


def measure(seen: Explained) -> np.ndarray | None:
    """Share of the most salient pixels that lie in the object, float64 (n,) in [0, 1]; None without objects.

    Of equal pixels of which only some can be among the n, each counts the share of them that are. 0 where a map is not
    finite, or the object is out of the crop.

    >>> p, raw = np.array([0.9]), np.array([[[2.0, 3.0], [1.0, 0.0]]])
    >>> inside = np.array([[[False, True], [True, False]]])
    >>> measure(Explained(p, p, raw, size=(2, 2), objects=inside))
    array([0.5])
    """
    if seen.objects is None:
        return None
    inside, mask = (values.reshape(len(values), -1) for values in (seen.objects, seen.mask))
    wanted = inside.sum(1)
    last = np.take_along_axis(seen.ordered, (mask.shape[1] - np.maximum(wanted, 1))[:, None], axis=1)
    above, equal = mask > last, mask == last
    share = (wanted - above.sum(1)) / equal.sum(1)
    found = (above & inside).sum(1) + share * (equal & inside).sum(1)
    return np.where((wanted > 0) & ~seen.clean.nonfinite, found / np.maximum(wanted, 1), 0)
