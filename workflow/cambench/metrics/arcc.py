"""ARCC: the harmonic mean of Coherency, 1 - Complexity and ROAD (Domeniconi et al., 2026).

ROAD takes the place of the Average Drop in ADCC. It is doubled and cut at 0, so that a map that is no better than one
at random has an ARCC of 0. Tables have the mean of the images' own ARCC, as the authors' code does.
"""

import numpy as np

from . import coherency, complexity, road
from ._contract import Column, Explained, harmonic_mean

COLUMN = Column(
    "arcc",
    "ARCC",
    higher_is_better=True,
    place=94.5,
    definition="harmonic mean of Coherency, 1 - Complexity and 2 ROAD, the last cut to 0 to 1",
    source="Domeniconi et al., 2026",
    criterion="several",
)
NEEDS = ("metrics.coherency", "metrics.complexity", "road.morf", "road.lerf")


def measure(seen: Explained) -> np.ndarray | None:
    """ARCC of each image, float64 (n,) in [0, 1]; NaN as Coherency; None if ROAD was not asked.

    0 where one of the three is, or a map is constant or not finite.

    >>> p, raw = np.array([0.8]), np.array([[[0.0, 1.0], [2.0, 3.0]]])
    >>> made = {"road.morf": np.array([[0.1]]), "road.lerf": np.array([[0.6]])}
    >>> measure(Explained(p, p, raw, raw, size=(2, 2), made=made)).round(6)
    array([0.6])
    """
    removed = road.measure(seen)
    if removed is None:
        return None
    if seen.masked_raw is None:
        return np.full(len(seen.probability), np.nan)
    terms = coherency.measure(seen), 1 - complexity.measure(seen), np.clip(2 * removed, 0, 1)
    return np.where(seen.unscaled, 0, harmonic_mean(*terms))
