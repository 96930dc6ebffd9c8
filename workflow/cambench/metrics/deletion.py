"""Deletion: area under p(x) while pixels are deleted, the most salient first (RISE, Petsiuk et al., BMVC 2018)."""

import numpy as np

from ._contract import Column, Explained

COLUMN = Column(
    "deletion",
    "Deletion",
    higher_is_better=False,
    place=40,
    definition="area under p while pixels are set to the mean colour, the most salient first",
    source="Petsiuk et al., 2018",
)
NEEDS = ("curves.deletion",)


def measure(seen: Explained) -> np.ndarray | None:
    """Area float64 (n,) under the deletion curve, 1 where it is not finite; None if no curves were drawn.

    It is in [0, 1], or beyond by half a step where points are drawn and the last step is shorter.

    >>> from cambench.points import Points
    >>> curve = np.array([[0.9, 0.3, 0.1]])
    >>> p = np.array([0.9])
    >>> measure(Explained(p, p, curves={"deletion": curve}, points=Points((0, 0.5, 1))))
    array([0.4])
    """
    area = seen.area_under("deletion")
    return None if area is None else np.nan_to_num(area, nan=1)
