"""What several stages say of the metrics: their names, which way is better, how ADCC is put together."""

import numpy as np

HIGHER_IS_BETTER = {
    "average_drop": False,
    "average_increase": True,
    "average_gain": True,
    "deletion": False,
    "insertion": True,
    "coherency": True,
    "complexity": False,
    "adcc": True,
    "adcc_per_image": True,
}
COLUMNS = tuple(name for name in HIGHER_IS_BETTER if name != "adcc_per_image")  # of one image


def harmonic_mean(*terms: np.ndarray) -> np.ndarray:
    """Harmonic mean over the arguments, 0 where one of them is 0 (eq. 6 of Poppi et al. for ADCC); NaN stays NaN."""
    stacked = np.stack(np.broadcast_arrays(*terms)).astype(np.float64)
    zero = (stacked <= 0).any(0) & ~np.isnan(stacked).any(0)
    return np.where(zero, 0, len(stacked) / (1 / np.where(stacked <= 0, 1, stacked)).sum(0))
