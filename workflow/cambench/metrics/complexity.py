"""Complexity: the mean over pixels of U(S), its L1 norm (Poppi et al., CVPRW 2021, eq. 5)."""

import numpy as np

from ._contract import Column, Explained

COLUMN = Column(
    "complexity",
    "Complexity",
    higher_is_better=False,
    place=70,
    definition="mean of U",
    source="Poppi et al., 2021",
    criterion="complexity",
)
NEEDS = ("saliency.raw",)


def measure(seen: Explained) -> np.ndarray:
    """Share of the image that the map shows, float64 (n,) in [0, 1].

    >>> p, raw = np.array([0.9]), np.array([[[0.0, 1.0], [2.0, 4.0]]])
    >>> measure(Explained(p, p, raw, raw, size=(2, 2)))
    array([0.4375])
    """
    return seen.mean
