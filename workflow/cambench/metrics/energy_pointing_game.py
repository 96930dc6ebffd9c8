"""Energy-based Pointing Game: share of the saliency that lies in the object (Wang et al., Score-CAM, CVPRW 2020)."""

import numpy as np

from ._contract import Column, Explained

COLUMN = Column(
    "energy_pointing_game",
    "Energy Pointing Game",
    higher_is_better=True,
    place=102,
    definition="sum of U in the object / sum of U",
    source="Wang et al., 2020",
    criterion="localisation",
)
NEEDS = ("saliency.raw", "saliency.mask", "objects.mask")


def measure(seen: Explained) -> np.ndarray | None:
    """Share of the saliency that lies in the object, float64 (n,) in [0, 1]; None without objects.

    0 where a map is constant or not finite, or the object is out of the crop. It is Quantus' relevance mass accuracy.

    >>> p, raw = np.array([0.9]), np.array([[[0.0, 3.0], [1.0, 0.0]]])
    >>> inside = np.array([[[False, True], [False, False]]])
    >>> measure(Explained(p, p, raw, size=(2, 2), objects=inside)).round(6)
    array([0.75])
    """
    if seen.objects is None:
        return None
    mask = seen.mask.astype(np.float64)
    total = mask.sum((1, 2))
    return np.where(total > 0, (mask * seen.objects).sum((1, 2)) / np.where(total > 0, total, 1), 0)
