"""Means over images with bootstrap intervals, paired: every method of a model sees the same resamples."""

import numpy as np
import polars as pl

from .definitions import COLUMNS, harmonic_mean

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


def resampled(
    frame: pl.DataFrame, methods: list[str], bootstrap: dict
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Every aggregate of one model's methods: from all images, and from each resample of them.

    **Arguments:** `frame` the per-image table of the model; `bootstrap` with resamples and seed.
    **Returns:** by metric of the frame (and `adcc_per_image`) the values (methods,), and the resamples
    (resamples, methods). `adcc` is made of the means.
    """
    columns = [name for name in COLUMNS if name in frame.columns]
    parts = [frame.filter(pl.col("method") == method).sort("image").select(columns).to_numpy() for method in methods]
    values = np.concatenate(parts, 1)  # (images, methods * metrics)
    samples = resampled_means(values, bootstrap["resamples"], bootstrap["seed"])

    def aggregates(means: np.ndarray) -> dict[str, np.ndarray]:
        column = dict(zip(columns, np.moveaxis(means.reshape(-1, len(methods), len(columns)), 2, 0), strict=True))
        column["adcc_per_image"] = column["adcc"]
        return column | {"adcc": adcc_of_means(column)}

    return {name: value[0] for name, value in aggregates(values.mean(0)).items()}, aggregates(samples)


def adcc_of_means(means: dict[str, np.ndarray]) -> np.ndarray:
    """ADCC as the paper prints it: the harmonic mean of mean coherency, 1 - mean complexity, 1 - mean average drop."""
    return harmonic_mean(means["coherency"], 1 - means["complexity"], 1 - means["average_drop"])
