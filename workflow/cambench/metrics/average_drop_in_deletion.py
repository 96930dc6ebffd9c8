"""Average Drop in Deletion (ADD): (p(x) - p(x (1 - U))) / p(x) (Jung and Oh, LIFT-CAM, ICCV 2021)."""

import numpy as np

from ._contract import Column, Explained

COLUMN = Column(
    "average_drop_in_deletion",
    "ADD",
    higher_is_better=True,
    place=36,
    definition="(p(x) - p(x (1 - U))) / p(x)",
    source="Jung and Oh, 2021",
    range=(-1e999, 1),
)
NEEDS = ("predictions.probability", "complement.probability")


def measure(seen: Explained) -> np.ndarray | None:
    """Share of the class's probability that is lost with what the map shows, float64 (n,), 1 at most.

    It is negative where the class is more probable without, and has no least value. -1 where a probability is not
    finite. A map that shows everything, such as Fake-CAM, takes all of the image away, so it scores well. None if
    nobody forwarded the complements.

    >>> p = np.array([0.8, 0.5])
    >>> measure(Explained(p, p, made={"complement.probability": np.array([0.2, 0.6])})).round(6)
    array([ 0.75, -0.2 ])
    """
    q = seen.made.get("complement.probability")
    if q is None:
        return None
    broken = ~(np.isfinite(seen.probability) & np.isfinite(q))
    p, q = np.where(broken, 1, seen.probability), np.where(broken, 2, q)
    return np.asarray((p - q) / np.where(p > 0, p, 1))
