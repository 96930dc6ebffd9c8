"""Means over images with bootstrap intervals, paired: every method of a network sees the same resamples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import stats

from .columns import COLUMNS, adcc_of_means

_BLOCK = 4_000_000  # counts held at once


@dataclass(frozen=True)
class Bootstrap:
    """How images are resampled: how often, the confidence of intervals (in (0, 1)), and the seed."""

    resamples: int
    confidence: float
    seed: int


@dataclass(frozen=True)
class Resampled:
    """Every aggregate of one network's methods, from all images and from each resample of them.

    - `methods`: labels, in the order of the arrays' last axis.
    - `images`: number of images.
    - `means`, `samples`: by metric, float64 (methods,) and (resamples, methods), as fractions. `adcc` is that of the
      means, `adcc_per_image` the mean of the images' own. NaN where a metric is not known.
    - `confidence`: of the intervals.
    """

    methods: tuple[str, ...]
    images: int
    means: Mapping[str, np.ndarray]
    samples: Mapping[str, np.ndarray]
    confidence: float


def resample(
    frame: pl.DataFrame | pl.LazyFrame,
    networks: Sequence[str],
    methods: Sequence[str],
    bootstrap: Bootstrap,
    metrics: Sequence[str] = COLUMNS,
) -> dict[str, Resampled]:
    """The aggregates of each network's methods, by network.

    **Arguments:** `frame` the per-image table, with the columns network, method, image and those of metrics; it is read
    one network at a time. `metrics` those that are wanted, as far as the table has them.
    """
    needed = frame.lazy().select("network", "method", "image", pl.selectors.by_name(*metrics, require_all=False))
    each = ((name, needed.filter(network=name).collect()) for name in networks)
    return {name: _of_network(part, tuple(methods), bootstrap, metrics) for name, part in each}


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


def interval(samples: np.ndarray, confidence: float, images: int) -> tuple[np.ndarray, np.ndarray]:
    """Expanded percentile interval over the first axis: lower and upper ends; NaN of one image, which has none.

    Plain percentiles cover too little of few images. The expanded ones of the mean are about as wide as Student's
    interval (Hesterberg, The American Statistician 2015, section 4.2.1).
    """
    if images < 2:
        return (np.full(samples.shape[1:], np.nan),) * 2
    t = stats.t.isf((1 - confidence) / 2, images - 1)
    tail = stats.norm.sf(np.sqrt(images / (images - 1)) * t)
    low, high = np.quantile(samples, [tail, 1 - tail], axis=0)
    return low, high


def standard_error(samples: np.ndarray, images: int) -> np.ndarray:
    """Standard error over the first axis, with the factor that a mean of few images needs; NaN of one image."""
    if images < 2:
        return np.full(samples.shape[1:], np.nan)
    return np.asarray(samples.std(0, ddof=1) * np.sqrt(images / (images - 1)))


def _of_network(
    frame: pl.DataFrame, methods: tuple[str, ...], bootstrap: Bootstrap, metrics: Sequence[str]
) -> Resampled:
    columns = [name for name in metrics if name in frame.columns]
    parts = [frame.filter(method=method).sort("image").select(columns).to_numpy() for method in methods]
    values = np.concatenate(parts, 1)  # (images, methods * metrics)
    drawn = resampled_means(values, bootstrap.resamples, bootstrap.seed)
    means, samples = (_aggregates(found, columns, len(methods)) for found in (values.mean(0), drawn))
    return Resampled(
        methods, len(values), {name: value[0] for name, value in means.items()}, samples, bootstrap.confidence
    )


def _aggregates(means: np.ndarray, columns: list[str], methods: int) -> dict[str, np.ndarray]:
    """By metric, (resamples, methods), of means (resamples, methods * metrics) or (methods * metrics,)."""
    found = dict(zip(columns, np.moveaxis(means.reshape(-1, methods, len(columns)), 2, 0), strict=True))
    return found | ({"adcc": adcc_of_means(found), "adcc_per_image": found["adcc"]} if "adcc" in found else {})
