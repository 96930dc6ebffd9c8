"""ADCC: the harmonic mean of Coherency, 1 - Complexity and 1 - Average Drop (Poppi et al., CVPRW 2021, eq. 6)."""

import numpy as np

from . import average_drop, coherency, complexity
from ._contract import Column, Explained, harmonic_mean

COLUMN = Column(
    "adcc",
    "ADCC",
    higher_is_better=True,
    place=80,
    definition="harmonic mean of Coherency, 1 - Complexity and 1 - Average Drop",
    source="Poppi et al., 2021",
    criterion="several",
)
NEEDS = ("metrics.average_drop", "metrics.coherency", "metrics.complexity")


def measure(seen: Explained) -> np.ndarray:
    """ADCC of each image, float64 (n,) in [0, 1]; NaN as Coherency.

    0 where a map is constant, or a map or a probability is not finite.

    >>> p, raw = np.array([0.8]), np.array([[[0.0, 1.0], [2.0, 3.0]]])
    >>> measure(Explained(p, p / 2, raw, raw, size=(2, 2)))
    array([0.6])
    """
    if seen.masked_raw is None:
        return np.full(len(seen.probability), np.nan)
    terms = coherency.measure(seen), 1 - complexity.measure(seen), 1 - average_drop.measure(seen)
    return np.where(seen.unscaled | seen.improbable, 0, harmonic_mean(*terms))
