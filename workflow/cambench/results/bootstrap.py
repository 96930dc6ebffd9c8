"""Means over images with bootstrap intervals, paired: every method of a network sees the same resamples."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

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
    - `fewer`: number of images of a metric that was not measured on all of them, by name.
    """

    methods: tuple[str, ...]
    images: int
    means: Mapping[str, np.ndarray]
    samples: Mapping[str, np.ndarray]
    confidence: float
    fewer: Mapping[str, int] = field(default_factory=dict)

    def images_of(self, *metrics: str) -> int:
        """Number of images that some metrics were measured on, of the one that has the fewest."""
        return min(self.fewer.get(name, self.images) for name in metrics)


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

    An image on which no method has a value of a metric was not measured by it: its means, and its resamples, are of the
    other images. A method that lacks a value on one of these has no mean.
    """
    needed = frame.lazy().select("network", "method", "image", pl.selectors.by_name(*metrics, require_all=False))
    each = ((name, needed.filter(network=name).collect()) for name in networks)
    return {name: _of_network(part, tuple(methods), bootstrap, metrics) for name, part in each}


def resampled_means(values: np.ndarray, resamples: int, seed: int) -> np.ndarray:
    """Means of columns under resampling of the rows with replacement (Efron, 1979).

    **Arguments:** `values` float (images, columns). **Returns:** float64 (resamples, columns).
    """
    values = np.ascontiguousarray(values, np.float64)
    blocks = drawn(len(values), resamples, seed)
    return np.concatenate([counts.astype(np.float64) @ values / len(values) for counts in blocks])


def drawn(images: int, resamples: int, seed: int) -> Iterator[np.ndarray]:
    """How often each image is in each resample, int64 (some resamples, images), block by block."""
    step, rng = max(1, _BLOCK // images), np.random.default_rng(seed)
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        numbers = rng.integers(images, size=(rows, images)) + np.arange(rows)[:, None] * images
        yield np.bincount(numbers.ravel(), minlength=rows * images).reshape(rows, images)


def interval(samples: np.ndarray, confidence: float, images: int) -> tuple[np.ndarray, np.ndarray]:
    """Expanded percentile interval over the first axis: lower and upper ends; NaN of one image, which has none.

    Plain percentiles cover too little of few images. The expanded ones of the mean are about as wide as Student's
    interval (Hesterberg, The American Statistician 2015, section 4.2.1).
    """
    if images < 2:
        return (np.full(samples.shape[1:], np.nan),) * 2
    tail = _tail(confidence, images)
    low, high = np.quantile(samples, [tail, 1 - tail], axis=0)
    return low, high


@functools.cache
def _tail(confidence: float, images: int) -> float:
    """Share of the resamples beyond each end of an expanded interval; the same for the many of a run."""
    t = stats.t.isf((1 - confidence) / 2, images - 1)
    return float(stats.norm.sf(np.sqrt(images / (images - 1)) * t))


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
    values = np.stack(parts, 1)  # (images, methods, metrics)
    asked = measured(values)
    found = np.empty((1 + bootstrap.resamples, *values.shape[1:]))
    for which in _alike(asked):
        part = values[asked[:, which[0]]][:, :, which].reshape(-1, len(methods) * len(which))
        drawn = resampled_means(part, bootstrap.resamples, bootstrap.seed)
        found[:, :, which] = np.vstack([part.mean(0), drawn]).reshape(len(found), len(methods), len(which))
    means, samples = _aggregates(found[0], columns), _aggregates(found[1:], columns)
    fewer = {name: int(count) for name, count in zip(columns, asked.sum(0), strict=True) if count < len(values)}
    if "adcc" in fewer:
        fewer["adcc_per_image"] = fewer["adcc"]
    return Resampled(methods, len(values), means, samples, bootstrap.confidence, fewer)


def measured(values: np.ndarray) -> np.ndarray:
    """Which images a metric was measured on, bool (images, ...): those on which any method has a value.

    A metric without any value was meant to be measured on all.

    **Arguments:** `values` float (images, methods, ...), NaN where there is none.
    """
    known = ~np.isnan(values).all(1)
    return known | ~known.any(0)


def _alike(asked: np.ndarray) -> list[list[int]]:
    """Numbers of metrics, (images, metrics), in groups that were measured on the same images."""
    groups: dict[bytes, list[int]] = {}
    for number, column in enumerate(asked.T):
        groups.setdefault(column.tobytes(), []).append(number)
    return list(groups.values())


def _aggregates(means: np.ndarray, columns: list[str]) -> dict[str, np.ndarray]:
    """By metric, (..., methods), of means (..., methods, metrics)."""
    found = dict(zip(columns, np.moveaxis(means, -1, 0), strict=True))
    return found | ({"adcc": adcc_of_means(found), "adcc_per_image": found["adcc"]} if "adcc" in found else {})
