"""Pointing Game: whether the most salient pixel of U lies in the object (Zhang et al., IJCV 2018)."""

import numpy as np

from ._contract import Column, Explained
from ._pointing import hits

COLUMN = Column(
    "pointing_game",
    "Pointing Game",
    higher_is_better=True,
    place=100,
    definition="1 if the most salient pixel of U lies in the object, else 0; of several such pixels the share of hits",
    source="Zhang et al., 2018",
    criterion="localisation",
)
NEEDS = ("saliency.raw", "saliency.mask", "objects.mask")


def measure(seen: Explained) -> np.ndarray | None:
    """Whether the most salient pixel lies in the object, float64 (n,) in [0, 1]; None without objects.

    Of several pixels that are the most salient, it is the share of hits. 0 where the object is out of the crop.

    >>> p, raw = np.array([0.9]), np.array([[[0.0, 3.0], [0.0, 3.0]]])
    >>> inside = np.array([[[False, True], [False, False]]])
    >>> measure(Explained(p, p, raw, size=(2, 2), objects=inside))
    array([0.5])
    """
    return hits(seen, tolerance=0)
