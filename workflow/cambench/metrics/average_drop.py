"""Average Drop: max(0, p(x) - p(x U)) / p(x) (Chattopadhay et al., WACV 2018; Poppi et al., CVPRW 2021, eq. 1)."""

import numpy as np

from ._contract import Column, Explained

COLUMN = Column(
    "average_drop",
    "Average Drop",
    higher_is_better=False,
    place=10,
    definition="max(0, p(x) - p(x U)) / p(x)",
    source="Chattopadhay et al., 2018",
)
NEEDS = ("predictions.probability", "masked.probability")


def measure(seen: Explained) -> np.ndarray:
    """Share of the class's probability that is lost on the masked input, float64 (n,) in [0, 1]; 1 if not finite.

    >>> measure(Explained(np.array([0.8, 0.5]), np.array([0.6, 0.9])))
    array([0.25, 0.  ])
    """
    p, q = seen.probabilities
    return np.where(seen.improbable, 1, np.maximum(0, p - q) / np.where(p > 0, p, 1))
