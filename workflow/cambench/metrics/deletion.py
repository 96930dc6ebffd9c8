"""Deletion: area under p(x) while pixels are deleted, the most salient first (RISE, Petsiuk et al., BMVC 2018)."""

import numpy as np

from ._contract import Column, Explained, area_under

COLUMN = Column("deletion", "Deletion", higher_is_better=False, place=40)


def measure(seen: Explained) -> np.ndarray | None:
    """Area float64 (n,) in [0, 1] under the deletion curve, 1 where it is not finite; None if no curves were drawn.

    >>> curve = np.array([[0.9, 0.3, 0.1]])
    >>> p = np.array([0.9])
    >>> measure(Explained(p, p, curves={"deletion": curve}, points=[0, 0.5, 1]))
    array([0.4])
    """
    drawn = seen.curves.get("deletion")
    return None if drawn is None else np.nan_to_num(area_under(drawn, seen.points, seen.area), nan=1)
