"""Single deletion: whether cells of the image matter to the class as they are salient (Hesse et al., IDSDS, 2024).

Each cell of a grid is set to 0, the mean colour, by itself. What the class's logit loses belongs to the network and the
image, so it is measured once for all methods. Hesse et al. first fine-tune the network on images that lack cells; here
it stays as it is.
"""

import numpy as np

from ..grid import sums
from ._contract import Column, Explained
from ._ranks import spearman

COLUMN = Column(
    "single_deletion",
    "Single Deletion",
    higher_is_better=True,
    place=98,
    definition="Spearman correlation over cells of the image: sum of U, and how far the logit falls without the cell",
    source="Hesse et al., 2024",
    range=(-1, 1),
)
NEEDS = ("saliency.raw", "saliency.mask", "perturbations.cells")


def measure(seen: Explained) -> np.ndarray | None:
    """Correlation float64 (n,) in [-1, 1]; None if nobody removed cells.

    0 where the map is constant or not finite, or the logit falls alike without any cell; -1 where a logit is not
    finite. Equal sums have the mean of their ranks.

    >>> p, raw = np.array([0.9]), np.array([[[4.0, 3.0], [2.0, 0.0]]])
    >>> drops = {"perturbations.cells": np.array([[2.5, 1.5, 0.3, 0.4]])}
    >>> measure(Explained(p, p, raw, size=(2, 2), made=drops)).round(6)
    array([0.8])
    """
    drops = seen.made.get("perturbations.cells")
    return None if drops is None else spearman(sums(seen.mask, round(drops.shape[1] ** 0.5)), drops)
