"""`cambench.summarise`: means of a table of images, with intervals."""

from typing import Any

import polars as pl

from ..config.metrics import is_metric
from ..errors import InputError
from ..results import summary
from ..results.bootstrap import Bootstrap, resample

_NEEDED = ("network", "method", "image", "degenerate", "nonfinite", "ill_conditioned", "correct", "saliency_passes")


def summarise(table: pl.DataFrame, resamples: int = 2000, confidence: float = 0.95, seed: int = 0) -> pl.DataFrame:
    """Means with intervals, one row per network and method, as in tables/summary.csv; fractions.

    **Arguments:** `table` of `evaluate`, or the `metrics` of a run, in which each method of a network has the same
    images, once; `resamples`, `confidence` (in (0, 1)) and `seed` of the bootstrap.
    **Returns:** each metric, the user's own as well, with `_low`, `_high` and `_se`, and counts; `adcc` is the ADCC of
    the means, as the paper prints it, and `adcc_per_image` the mean of the images' own.
    **Raises:** `InputError`, one line, for any other table, and for numbers that do not fit.
    """
    _refuse(table, resamples, confidence)
    metrics = [name for name in table.columns if table[name].dtype.is_float() and is_metric(name)]
    bootstrap, parts = Bootstrap(resamples, confidence, seed), []
    for network in table["network"].unique(maintain_order=True):
        part = table.filter(network=network)
        methods = part["method"].unique(maintain_order=True).to_list()
        parts.append(summary.summarise(part, resample(part, [network], methods, bootstrap, metrics)))
    return pl.concat(parts, how="diagonal")


def _refuse(table: Any, resamples: int, confidence: float) -> None:
    if resamples < 1 or not 0 < confidence < 1:
        raise InputError(f"give a resample or more, and a confidence between 0 and 1, not {resamples} and {confidence}")
    if not isinstance(table, pl.DataFrame):
        raise InputError(f"table: give the polars table of evaluate or of a run, not a {type(table).__name__}")
    missing = [name for name in _NEEDED if name not in table.columns]
    if missing or table.is_empty():
        said = f"no column {missing[0]}" if missing else "no rows"
        raise InputError(f"table: has {said}; give the table of evaluate, or the metrics of a run")
    for (network,), part in table.group_by("network", maintain_order=True):
        each = part.group_by("method", maintain_order=True).agg(pl.col("image").sort())
        images = each["image"].to_list()
        if part.select("method", "image").is_duplicated().any() or any(one != images[0] for one in images):
            raise InputError(f"table: methods of {network} do not have the same images, each once")
