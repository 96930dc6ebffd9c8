"""Correlation of ranks, which two metrics take."""

import numpy as np
from scipy.stats import rankdata


def spearman(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Spearman's correlation of each row of a with that of b, float64 (n,) in [-1, 1].

    Equal values have the mean of their ranks. 0 where all values of a row are equal; -1 where one is not finite.

    **Arguments:** `a` and `b` float (n, values).

    >>> spearman(np.array([[1.0, 2, 3], [1, 1, 1]]), np.array([[2.0, 4, 9], [1, 2, 3]])).tolist()
    [1.0, 0.0]
    """
    broken = ~np.isfinite(a).all(1) | ~np.isfinite(b).all(1)
    # Twice the distance of each rank from the middle one: whole numbers, whose sums are exact.
    ranks = [2 * rankdata(np.where(broken[:, None], 0, each), axis=1) - (each.shape[1] + 1) for each in (a, b)]
    spread = (ranks[0] ** 2).sum(1) * (ranks[1] ** 2).sum(1)
    rho = (ranks[0] * ranks[1]).sum(1) / np.sqrt(np.where(spread > 0, spread, 1))
    return np.where(broken, -1, np.clip(rho, -1, 1))
