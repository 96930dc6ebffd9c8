"""Small per-image tables, as stage `metrics` makes them, and what tests of tables and figures share."""

import numpy as np
import polars as pl

from cambench.results.bootstrap import Bootstrap, resample
from cambench.results.columns import COLUMNS, METRICS
from cambench.results.comparison import compare
from cambench.results.summary import summarise

BOOTSTRAP = Bootstrap(resamples=400, confidence=0.95, seed=0)
LEVELS = {"good": 0.8, "fair": 0.5, "fair2": 0.5, "bad": 0.2}
# Titles.
METHODS = {"good": "Good", "fair": "Fair", "fair2": "Fair, too", "bad": "Bad"}
NETWORKS, ONE = {"net": "Net 1", "other": "Other"}, {"net": "Net 1"}


def random(methods=("a", "b"), images=30, network="net"):
    """Methods of random values; the first half of the images are classified correctly."""
    rng, numbers = np.random.default_rng(0), np.arange(images)
    shared = {
        "network": network,
        "image": numbers,
        "target": numbers,
        "label": numbers,
        "predicted": np.where(numbers < images // 2, numbers, 0),
        "correct": np.where(numbers < images // 2, 1, 0),
        "probability": rng.random(images),
        "masked_probability": rng.random(images),
        "degenerate": numbers < 2,
        "nonfinite": numbers > images - 2,
        "ill_conditioned": numbers == 3,
        "tied": 0.25,
        "saliency_passes": 2,
    }
    values = [{name: rng.random(images) for name in COLUMNS} for _ in methods]
    return pl.concat(
        [pl.DataFrame({"method": method, **shared, **own}) for method, own in zip(methods, values, strict=True)]
    )


def levels(images=60, network="net"):
    """Four methods, from good to bad by every metric, of which two are the same."""
    rng, parts = np.random.default_rng(0), []
    noise = rng.normal(0, 0.05, images)
    shared = {"network": network, "image": np.arange(images), "label": -1, "predicted": 0, "saliency_passes": 1}
    shared |= {"correct": -1}
    shared |= {"probability": 0.5, "tied": 0.0}
    flags = {"degenerate": False, "nonfinite": False, "ill_conditioned": False}
    for method, level in LEVELS.items():
        values = {
            name: np.clip(level + noise + (method == "bad") * rng.normal(0, 0.05, images), 0, 1) for name in COLUMNS
        }
        oriented = {name: value if METRICS[name].higher_is_better else 1 - value for name, value in values.items()}
        parts.append(pl.DataFrame({**shared, "method": method, **oriented, **flags}))
    return pl.concat(parts)


def unknown(frame, method, *metrics):
    """The frame without a method's values of some metrics, as for maps that were computed elsewhere."""
    gone = pl.when(pl.col("method") == method).then(np.nan)
    return frame.with_columns([gone.otherwise(pl.col(name)).alias(name) for name in metrics])


def measured(frame, networks=tuple(ONE), methods=tuple(LEVELS)):
    """Summary and comparison of a per-image table."""
    resampled = resample(frame, networks, methods, BOOTSTRAP)
    return summarise(frame, resampled), compare(resampled)


def texts(labels):
    """What the labels of a figure say."""
    return [label.get_text() for label in labels]
