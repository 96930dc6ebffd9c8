"""Average Increase: 1 if p(x) < p(x U), else 0 (Chattopadhay et al., WACV 2018; Poppi et al., CVPRW 2021, eq. 2)."""

import numpy as np

from ._contract import Column, Explained

COLUMN = Column(
    "average_increase",
    "Average Increase",
    higher_is_better=True,
    place=20,
    definition="1 if p(x) < p(x U), else 0",
    source="Chattopadhay et al., 2018",
)
NEEDS = ("predictions.probability", "masked.probability")


def measure(seen: Explained) -> np.ndarray:
    """Whether the class is more probable on the masked input, float64 (n,), 0 or 1; 0 if not finite.

    >>> measure(Explained(np.array([0.8, 0.5]), np.array([0.6, 0.9])))
    array([0., 1.])
    """
    p, q = seen.probabilities
    return (p < q).astype(np.float64)
