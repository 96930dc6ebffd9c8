"""Coherency: (1 + rho) / 2, rho the correlation of the maps of x and of x U (Poppi et al., CVPRW 2021, eq. 4)."""

import numpy as np

from ._contract import Column, Explained

COLUMN = Column(
    "coherency",
    "Coherency",
    higher_is_better=True,
    place=60,
    definition="(1 + r) / 2; r is the Pearson correlation of U and the map of the masked input",
    source="Poppi et al., 2021",
    criterion="robustness",
)
NEEDS = ("saliency.raw", "masked.raw")


def measure(seen: Explained) -> np.ndarray:
    """How alike the maps of the clean and the masked input are, float64 (n,) in [0, 1].

    0 for a map that is constant or not finite; NaN where there are no maps of the masked inputs.

    >>> p, raw = np.array([0.9]), np.array([[[0.0, 1.0], [2.0, 3.0]]])
    >>> measure(Explained(p, p, raw, raw[:, ::-1], size=(2, 2))).round(2)
    array([0.2])
    """
    if seen.masked_raw is None:
        return np.full(len(seen.probability), np.nan)
    return np.where(seen.unscaled, 0, (1 + seen.correlation) / 2)
