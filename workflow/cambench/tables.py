"""Stage `tables`: means over images, with intervals, both ADCC aggregations, and counts."""

import numpy as np
import polars as pl

from .bootstrap import interval, resampled_means
from .definitions import COLUMNS, harmonic_mean

COUNTS = ("images", "degenerate", "nonfinite")


def summarise(frame: pl.DataFrame, models: list[str], methods: list[str], bootstrap: dict) -> pl.DataFrame:
    """One row a model and method, in the order given; fractions, not percentages.

    **Arguments:** `frame` the per-image table; `bootstrap` with resamples, confidence and seed.
    **Returns:** model, method, images, degenerate, nonfinite, top1 (share of labelled images classified rightly),
    and every metric with `_low` and `_high`. `adcc` is the ADCC of the means, which is what the paper prints;
    `adcc_per_image` is the mean of the images' own ADCC.
    """
    return pl.concat([_of_model(frame.filter(pl.col("model") == model), methods, bootstrap) for model in models])


def _of_model(frame: pl.DataFrame, methods: list[str], bootstrap: dict) -> pl.DataFrame:
    parts = [frame.filter(pl.col("method") == method).sort("image") for method in methods]
    values = np.stack([part.select(COLUMNS).to_numpy() for part in parts], 1)  # (images, methods, metrics)
    flat = resampled_means(values.reshape(len(values), -1), bootstrap["resamples"], bootstrap["seed"])
    samples = _aggregate(flat.reshape(-1, len(methods), len(COLUMNS)))
    means = _aggregate(values.mean(0)[None])
    rows = []
    for number, part in enumerate(parts):
        row = {"model": part["model"][0], "method": part["method"][0], **_counts(part)}
        for name in means:
            low, high = interval(samples[name][:, number], bootstrap["confidence"])
            row |= {name: means[name][0, number], f"{name}_low": low, f"{name}_high": high}
        rows.append(row)
    return pl.DataFrame(rows)


def _aggregate(means: np.ndarray) -> dict[str, np.ndarray]:
    """Aggregates by name, each (resamples, methods), from the means of the columns (resamples, methods, metrics)."""
    column = {name: means[..., number] for number, name in enumerate(COLUMNS)}
    column["adcc_per_image"] = column["adcc"]
    column["adcc"] = harmonic_mean(column["coherency"], 1 - column["complexity"], 1 - column["average_drop"])
    return column


def _counts(part: pl.DataFrame) -> dict[str, float | int | None]:
    labelled = part.filter(pl.col("label") >= 0)
    top1 = (labelled["predicted"] == labelled["label"]).mean()
    counts = {name: int(part[name].sum()) for name in ("degenerate", "nonfinite")}
    return {"images": len(part), **counts, "top1": None if top1 is None else float(top1)}  # type: ignore[arg-type]
