"""Average Gain: max(0, p(x U) - p(x)) / (1 - p(x)), 0 where p(x) = 1 (Zhang et al., Opti-CAM, 2023)."""

import numpy as np

from ._contract import Column, Explained

COLUMN = Column(
    "average_gain",
    "Average Gain",
    higher_is_better=True,
    place=30,
    definition="max(0, p(x U) - p(x)) / (1 - p(x))",
    source="Zhang et al., 2023",
)
NEEDS = ("predictions.probability", "masked.probability")


def measure(seen: Explained) -> np.ndarray:
    """Share of the missing probability that the masked input wins, float64 (n,) in [0, 1]; 0 if not finite.

    >>> measure(Explained(np.array([0.8, 0.5]), np.array([0.6, 0.9])))
    array([0. , 0.8])
    """
    p, q = seen.probabilities
    return np.where(p >= 1, 0, np.maximum(0, q - p) / np.where(p < 1, 1 - p, 1))
