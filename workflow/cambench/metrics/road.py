"""ROAD: least salient pixels removed minus most salient ones removed (Rong et al., ICML 2022).

The authors show MoRF and LeRF one by one. Half the difference of the two, from which the clean probability cancels out,
is pytorch-grad-cam's "ROAD combined".
"""

import numpy as np

from ._contract import Column, Explained

COLUMN = Column(
    "road",
    "ROAD",
    higher_is_better=True,
    place=92,
    definition="mean over shares of (LeRF - MoRF) / 2: p where the least, and the most, salient pixels are imputed",
    source="Rong et al., 2022",
    range=(-0.5, 0.5),
)
NEEDS = ("road.morf", "road.lerf")


def measure(seen: Explained) -> np.ndarray | None:
    """Half the difference, float64 (n,) in [-0.5, 0.5], -0.5 where a probability is not finite; None if none was asked.

    A map at random has 0 on average.

    >>> p, made = np.array([0.9]), {"road.morf": np.array([[0.5, 0.1]]), "road.lerf": np.array([[0.9, 0.7]])}
    >>> measure(Explained(p, p, made=made)).round(6)
    array([0.25])
    """
    morf, lerf = seen.made.get("road.morf"), seen.made.get("road.lerf")
    if morf is None or lerf is None:
        return None
    difference = (lerf - morf).mean(1) / 2
    return np.where(np.isfinite(difference), difference, -0.5)
