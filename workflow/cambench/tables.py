"""Stage `tables`: means over images, with intervals, both ADCC aggregations, and counts."""

import polars as pl

from .bootstrap import interval, resampled


def summarise(frame: pl.DataFrame, models: list[str], methods: list[str], bootstrap: dict) -> pl.DataFrame:
    """One row a model and method, in the order given; fractions, not percentages.

    **Arguments:** `frame` the per-image table; `bootstrap` with resamples, confidence and seed.
    **Returns:** model, method, images, degenerate, nonfinite, top1 (share of labelled images classified rightly),
    passes (mean forward passes for an image's map), and every metric of the frame with `_low` and `_high`. `adcc` is
    the ADCC of the means, which is what the paper prints; `adcc_per_image` is the mean of the images' own ADCC.
    """
    return pl.concat([_of_model(frame.filter(pl.col("model") == model), methods, bootstrap) for model in models])


def _of_model(frame: pl.DataFrame, methods: list[str], bootstrap: dict) -> pl.DataFrame:
    means, samples = resampled(frame, methods, bootstrap)
    rows = []
    for number, method in enumerate(methods):
        part = frame.filter(pl.col("method") == method)
        row = {"model": part["model"][0], "method": method, **_counts(part)}
        for name in means:
            low, high = interval(samples[name][:, number], bootstrap["confidence"])
            row |= {name: means[name][number], f"{name}_low": low, f"{name}_high": high}
        rows.append(row)
    return pl.DataFrame(rows).with_columns(pl.selectors.float().fill_nan(None))


def _counts(part: pl.DataFrame) -> dict[str, float | int | None]:
    labelled = part.filter(pl.col("label") >= 0)
    top1 = (labelled["predicted"] == labelled["label"]).mean()
    counts = {name: int(part[name].sum()) for name in ("degenerate", "nonfinite")}
    passes = float(part["saliency_passes"].mean())  # type: ignore[arg-type]
    return {"images": len(part), **counts, "top1": None if top1 is None else float(top1), "passes": passes}  # type: ignore[arg-type]
