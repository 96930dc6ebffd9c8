"""SRG, the symmetric relevance gain: least salient first minus most salient first (Blücher et al., TMLR 2024).

Putting pixels back, the most salient first, shows the same images as taking them away, the least salient first, in the
opposite order. So where both curves lie between the same two inputs, the area under insertion is that of the latter.
"""

import numpy as np

from ._contract import Column, Explained

COLUMN = Column(
    "srg",
    "SRG",
    higher_is_better=True,
    place=95,
    definition="Insertion - Deletion, of curves between the same two inputs",
    source="Blücher et al., 2024",
    range=(-1, 1),
)
NEEDS = ("curves.deletion", "curves.insertion", "curves.mirrored")


def measure(seen: Explained) -> np.ndarray | None:
    """Area between the curves, float64 (n,), -1 where one is not finite; None if no curves were drawn.

    It is in [-1, 1], or beyond by half a step where points are drawn. A map at random has 0 on average.

    >>> from cambench.points import Points
    >>> curves = {"deletion": np.array([[0.9, 0.3, 0.1]]), "insertion": np.array([[0.1, 0.7, 0.9]])}
    >>> p = np.array([0.9])
    >>> measure(Explained(p, p, curves=curves, points=Points((0, 0.5, 1)))).round(6)
    array([0.2])
    """
    deletion, insertion = seen.area_under("deletion"), seen.area_under("insertion")
    return None if deletion is None or insertion is None else np.nan_to_num(insertion - deletion, nan=-1)
