"""Sparseness: the Gini index of U(S) (Hurley and Rickard, 2009; Chalasani et al., ICML 2020)."""

import numpy as np

from ._contract import Column, Explained

COLUMN = Column(
    "sparseness",
    "Sparseness",
    higher_is_better=True,
    place=90,
    definition="Gini index of U: sum (2 i - n - 1) u_i / (n sum u), u_1 to u_n the n pixels of U in ascending order",
    source="Chalasani et al., 2020",
    criterion="complexity",
)
NEEDS = ("saliency.raw", "saliency.mask")


def measure(seen: Explained) -> np.ndarray:
    """How few pixels hold the saliency, float64 (n,): from 0, all alike, to 1 - 1 / pixels, one alone; 0 if constant.

    It does not depend on the scale of a map, but on its zero, so on the ReLU. Quantus adds 1e-7 to each pixel.

    >>> p, raw = np.array([0.9]), np.array([[[0.0, 0.0], [0.0, 3.0]]])
    >>> measure(Explained(p, p, raw, raw, size=(2, 2)))
    array([0.75])
    """
    ordered = seen.ordered
    pixels, total = ordered.shape[1], ordered.sum(1)
    places = 2 * np.arange(1, pixels + 1) - pixels - 1
    return np.asarray(ordered @ places / np.where(total > 0, pixels * total, 1))
