"""ROAD LeRF: probability of the class without the least relevant pixels (Rong et al., ICML 2022)."""

import numpy as np

from ._contract import Column, Explained

COLUMN = Column(
    "road_lerf",
    "ROAD LeRF",
    higher_is_better=True,
    place=94,
    definition="mean over shares of p where the least salient pixels are imputed",
    source="Rong et al., 2022",
)
NEEDS = ("road.lerf",)


def measure(seen: Explained) -> np.ndarray | None:
    """Mean over shares, float64 (n,) in [0, 1], 0 where a probability is not finite; None if none was asked.

    >>> p = np.array([0.9])
    >>> measure(Explained(p, p, made={"road.lerf": np.array([[0.5, 0.1]])})).round(6)
    array([0.3])
    """
    p = seen.made.get("road.lerf")
    if p is None:
        return None
    mean = p.mean(1)
    return np.where(np.isfinite(mean), mean, 0)
