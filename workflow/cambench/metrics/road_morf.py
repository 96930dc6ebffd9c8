"""ROAD MoRF: probability of the class without the most relevant pixels (Rong et al., ICML 2022)."""

import numpy as np

from ._contract import Column, Explained

COLUMN = Column(
    "road_morf",
    "ROAD MoRF",
    higher_is_better=False,
    place=93,
    definition="mean over shares of p where the most salient pixels are imputed",
    source="Rong et al., 2022",
)
NEEDS = ("road.morf",)


def measure(seen: Explained) -> np.ndarray | None:
    """Mean over shares, float64 (n,) in [0, 1], 1 where a probability is not finite; None if none was asked.

    >>> p = np.array([0.9])
    >>> measure(Explained(p, p, made={"road.morf": np.array([[0.5, 0.1]])})).round(6)
    array([0.3])
    """
    p = seen.made.get("road.morf")
    if p is None:
        return None
    mean = p.mean(1)
    return np.where(np.isfinite(mean), mean, 1)
