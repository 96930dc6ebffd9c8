"""Deletion Correlation (DC): whether p falls at each step as its pixels are salient (Gomez et al., ICPRAI 2022)."""

import numpy as np

from ._contract import Column, Explained
from ._steps import correlation

COLUMN = Column(
    "deletion_correlation",
    "Deletion Correlation",
    higher_is_better=True,
    place=96,
    definition="Pearson correlation over steps of deletion: how far p falls, and the mean of U over the pixels",
    source="Gomez et al., 2022",
    range=(-1, 1),
)
NEEDS = ("saliency.raw", "saliency.mask", "curves.deletion", "curves.whole")


def measure(seen: Explained) -> np.ndarray | None:
    """Correlation float64 (n,) in [-1, 1]; None unless there are curves with a point at every step.

    0 where the map is constant or the probability changes alike at all steps; -1 where the curve is not finite. The
    authors change the cells of a map of at most 196; here the steps are those of `curves.pixels_per_step` pixels of U.

    >>> from cambench.points import Points
    >>> p, raw = np.array([0.9]), np.array([[[4.0, 3.0], [2.0, 0.0]]])
    >>> curve, points = np.array([[0.9, 0.5, 0.2, 0.1, 0.1]]), Points((0, 0.25, 0.5, 0.75, 1))
    >>> measure(Explained(p, p, raw, size=(2, 2), curves={"deletion": curve}, points=points)).round(3)
    array([0.962])
    """
    return correlation(seen, "deletion", -1)
