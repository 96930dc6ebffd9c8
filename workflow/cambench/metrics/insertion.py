"""Insertion: area under p while pixels are put back, the most salient first (RISE, Petsiuk et al., BMVC 2018)."""

import numpy as np

from ._contract import Column, Explained

COLUMN = Column(
    "insertion",
    "Insertion",
    higher_is_better=True,
    place=50,
    definition="area under p while pixels of the blurred image are put back, the most salient first",
    source="Petsiuk et al., 2018",
)
NEEDS = ("curves.insertion",)


def measure(seen: Explained) -> np.ndarray | None:
    """Area float64 (n,) under the insertion curve, 0 where it is not finite; None if no curves were drawn.

    It is in [0, 1], or beyond by half a step where points are drawn and the last step is shorter.

    >>> from cambench.points import Points
    >>> curve = np.array([[0.1, 0.7, 0.9]])
    >>> p = np.array([0.9])
    >>> measure(Explained(p, p, curves={"insertion": curve}, points=Points((0, 0.5, 1))))
    array([0.6])
    """
    area = seen.area_under("insertion")
    return None if area is None else np.nan_to_num(area, nan=0)
