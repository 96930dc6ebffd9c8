"""Means over images with their intervals, both aggregations of ADCC, and counts."""

from collections.abc import Collection, Mapping

import numpy as np
import polars as pl

from .bootstrap import Resampled, interval, standard_error

_FLAGS = ("degenerate", "nonfinite", "ill_conditioned")
_OBJECTS = ("object_share", "object_lost")  # of the image, of the object, where boxes say where it is


def summarise(frame: pl.DataFrame | pl.LazyFrame, resampled: Mapping[str, Resampled]) -> pl.DataFrame:
    """One row per network and method, in the order of `resampled`; fractions, not percentages.

    **Arguments:** `frame` the per-image table that was resampled; it is read one network at a time.
    **Returns:** network, method, images, degenerate, nonfinite, ill_conditioned, top1 (share of labelled images whose
    predicted class is one of their labels), passes (mean forward passes for one image's map), and every metric of the
    frame with `_low`, `_high` and its standard error `_se`, which are null for one image, and with `_images` if some
    images were not measured by it. Intervals are for images like these, however many the data set has. `adcc` is the
    ADCC of the means, which is what the paper prints; `adcc_per_image` is the mean of the images' own ADCC.
    """
    objects = pl.selectors.by_name(*_OBJECTS, require_all=False)
    needed = frame.lazy().select("network", "method", *_FLAGS, "correct", "probability", "saliency_passes", objects)
    each = ((needed.filter(network=name).collect(), name, found) for name, found in resampled.items())
    fewer = {name for found in resampled.values() for name in found.fewer}
    return pl.concat([_of_network(*of, fewer) for of in each])


def _of_network(frame: pl.DataFrame, network: str, found: Resampled, fewer: Collection[str]) -> pl.DataFrame:
    counts = [_counts(frame.filter(method=method)) for method in found.methods]
    values: dict[str, np.ndarray] = {}
    for name, mean in found.means.items():
        images = found.images_of(name)
        low, high = interval(found.samples[name], found.confidence, images)
        error = standard_error(found.samples[name], images)
        values |= {name: mean, f"{name}_low": low, f"{name}_high": high, f"{name}_se": error}
        values |= {f"{name}_images": np.full(len(mean), images)} if name in fewer else {}
    names = pl.DataFrame({"network": network, "method": found.methods})
    table = pl.concat(
        [names, pl.DataFrame(counts, schema_overrides={"top1": pl.Float64}), pl.DataFrame(values)], how="horizontal"
    )
    return table.with_columns(pl.selectors.float().fill_nan(None))


def _counts(part: pl.DataFrame) -> dict[str, float | int | None]:
    """Counts of one method's images."""
    labelled = part.filter(pl.col("correct") >= 0)
    # What is predicted from logits that are not finite is no prediction.
    right = (labelled["correct"] == 1) & labelled["probability"].is_finite()
    top1 = right.mean()
    counts = {name: int(part[name].sum()) for name in _FLAGS}
    passes = float(part["saliency_passes"].mean())  # type: ignore[arg-type]
    objects = {name: float(part[name].mean()) for name in _OBJECTS if name in part.columns}  # type: ignore[arg-type]
    top1 = None if top1 is None else float(top1)  # type: ignore[arg-type]
    return {"images": len(part), **counts, "top1": top1, "passes": passes, **objects}
