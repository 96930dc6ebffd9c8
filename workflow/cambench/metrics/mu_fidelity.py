"""Mu-fidelity: whether parts of the image matter to the class as they are salient (Bhatt et al., IJCAI 2020, def. 3).

Random subsets of the places of a grid are set to 0, the mean colour. What the class's probability loses belongs to the
network and the image, so it is measured once for all methods. The correlation is that of ranks, as in Xplique, which
removes each place with the same chance; here all subsets have as many places, as in the paper.
"""

import numpy as np

from ..grid import sums
from ._contract import Column, Explained
from ._ranks import spearman

COLUMN = Column(
    "mu_fidelity",
    "Mu-Fidelity",
    higher_is_better=True,
    place=99,
    definition="Spearman correlation over random parts of the image: sum of U, and how far p falls without the part",
    source="Bhatt et al., 2020",
    range=(-1, 1),
)
NEEDS = ("saliency.raw", "saliency.mask", "perturbations.subsets", "perturbations.removed")


def measure(seen: Explained) -> np.ndarray | None:
    """Correlation float64 (n,) in [-1, 1]; None if nobody removed subsets.

    0 where the map is constant or not finite, or p falls alike without any subset; -1 where p is not finite.

    >>> p, raw = np.array([0.9]), np.array([[[4.0, 3.0], [2.0, 0.0]]])
    >>> removed = np.array([[[1, 1, 0, 0], [1, 0, 1, 0], [0, 0, 1, 1]]], np.uint8)
    >>> made = {"perturbations.subsets": np.array([[0.6, 0.7, 0.1]]), "perturbations.removed": removed}
    >>> measure(Explained(p, p, raw, size=(2, 2), made=made)).round(6)
    array([0.5])
    """
    drops, removed = (seen.made.get(f"perturbations.{name}") for name in ("subsets", "removed"))
    if drops is None or removed is None:
        return None
    salient = sums(seen.mask, round(removed.shape[2] ** 0.5))
    return spearman((removed @ salient[:, :, None])[:, :, 0], drops)
