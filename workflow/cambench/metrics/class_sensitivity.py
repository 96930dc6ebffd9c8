"""Class sensitivity: how much the map of another class looks like that of the explained one.

A map that stays the same explains no class, however well it does elsewhere. Sixt, Granz and Landgraf (ICML 2020)
compare maps of the class and of a random other one by their structural similarity, and CASE (2025) those of the two
most probable classes. Here the similarity is Pearson's correlation of U, as in Coherency. Structural similarity looks
through windows of 7 pixels, which are a fraction of a cell of an upsampled map, and calls two windows of zeros the
same, so that it depends on the sizes of input and map, and sparse maps look alike whatever they show. (Quantus'
RandomLogit even takes the windows along the flattened map.)
"""

import numpy as np

from ..masks import scale, statistics
from ._contract import Column, Explained

COLUMN = Column(
    "class_sensitivity",
    "Class Sensitivity",
    higher_is_better=False,
    place=110,
    definition="Pearson correlation of U and the map of another class; 1 for a map that does not depend on the class",
    source="Sixt et al., 2020",
    range=(-1, 1),
    criterion="sanity",
)
NEEDS = ("saliency.raw", "other_class.raw")


def measure(seen: Explained) -> np.ndarray | None:
    """Similarity of the maps of both classes, float64 (n,) in [-1, 1]; None if there are none of other classes.

    1 where the map of the explained class is constant, or one of the two is not finite; 0 where the other class's alone
    is constant, which has nothing in common with it.

    >>> p, raw = np.array([0.9]), np.array([[[0.0, 1.0], [2.0, 3.0]]])
    >>> measure(Explained(p, p, raw, size=(2, 2), made={"other_class.raw": raw[:, ::-1]})).round(2)
    array([-0.6])
    """
    raw = seen.made.get("other_class.raw")
    if raw is None:
        return None
    other = scale(raw, seen.masking.relu)
    alike = statistics((seen.raw, raw), (seen.clean, other), seen.size, seen.masking)[1]
    return np.where(seen.clean.degenerate | seen.clean.nonfinite | other.nonfinite, 1, alike)
