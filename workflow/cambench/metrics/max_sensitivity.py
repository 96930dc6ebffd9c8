"""Max-sensitivity: how far the map moves, at most, when a little noise is put on the image (Yeh et al., NeurIPS 2019).

Of the first images of the run only, because it takes many maps of each.
"""

import numpy as np

from ._contract import Column, Explained

COLUMN = Column(
    "max_sensitivity",
    "Max-Sensitivity",
    higher_is_better=False,
    place=112,
    definition="max over noisy copies x' of norm(U(x') - U(x)) / norm(U(x)), on the first images of the run",
    source="Yeh et al., 2019",
    range=(0, 1e999),
    criterion="robustness",
)
NEEDS = ("sensitivity.change",)


def measure(seen: Explained) -> np.ndarray | None:
    """Largest relative change of U, float64 (n,), 0 and more; NaN for other images; None if no copy was explained.

    1 for a map that is constant or not finite, which has no size to compare a change with; a copy with such a map has
    changed by 1.

    >>> p = np.array([0.9, 0.8])
    >>> measure(Explained(p, p, made={"sensitivity.change": np.array([[0.1, 0.3], [np.nan, np.nan]])}))
    array([0.3, nan])
    """
    change = seen.made.get("sensitivity.change")
    return None if change is None else np.asarray(change.max(1))
