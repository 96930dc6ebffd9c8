"""Means over images with bootstrap intervals, paired: every method of a model sees the same resamples."""

import numpy as np

_BLOCK = 4_000_000  # counts held at once


def resampled_means(values: np.ndarray, resamples: int, seed: int) -> np.ndarray:
    """Means of columns under resampling of the rows with replacement (Efron, 1979).

    **Arguments:** `values` float (images, columns). **Returns:** float64 (resamples, columns).
    """
    images, rng = len(values), np.random.default_rng(seed)
    values, means = np.ascontiguousarray(values, np.float64), []
    step = max(1, _BLOCK // images)
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        drawn = rng.integers(images, size=(rows, images)) + np.arange(rows)[:, None] * images
        counts = np.bincount(drawn.ravel(), minlength=rows * images).reshape(rows, images)
        means.append(counts.astype(np.float64) @ values / images)
    return np.concatenate(means)


def interval(samples: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Percentile interval over the first axis: lower and upper ends."""
    low, high = np.quantile(samples, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    return low, high
