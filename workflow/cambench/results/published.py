"""The published table beside the regenerated one, and the obstacles to comparing them."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from ..errors import InputError
from ..store.network import Network
from .columns import METRICS

IMAGES = 50_000
# Settings of the published numbers, other than those of networks and methods.
SETTINGS: dict[str, Any] = {
    "target": "predicted",
    "order": "scale_then_upsample",
    "space": "normalised",
    "resize": 224,
    "crop": 224,
    "pixels_per_step": 224,
    "deletion": {"start": "image", "end": "zero"},
    "insertion": {"start": "blur", "end": "image"},
}
_CLOSE, _NEAR = 0.5, 2.0  # percentage points
_KEYS = ["network", "method", "source"]


def compare(
    summary: pl.DataFrame, published: pl.DataFrame, labels: Mapping[str, str], obstacles: Sequence[str]
) -> pl.DataFrame:
    """Every published number with ours, in percent.

    **Arguments:** `summary` as `summary.summarise` makes it (fractions); `published` with network, method, source and
    metrics in percent; `labels` the published method's name by label of ours; `obstacles` to a verdict.
    **Returns:** network, method, source, label, metric, published, ours, difference, and verdict: within 0.5 (points),
    within 2, beyond; not run; or no verdict, if there is an obstacle.
    **Raises:** `InputError` if the published table lacks a column or has two rows for one network and method.
    """
    _check(published)
    theirs = _long(published, _KEYS, "published")
    ours = _long(summary.rename({"method": "label"}), ["network", "label"], "ours").with_columns(pl.col("ours") * 100)
    names = {"label": list(labels), "method": list(labels.values())}
    ours = ours.join(pl.DataFrame(names, schema=dict.fromkeys(names, pl.String)), "label")
    table = theirs.join(ours, ["network", "method", "metric"], "left", maintain_order="left")
    table = table.with_columns((pl.col("ours") - pl.col("published")).alias("difference"))
    return table.with_columns(_verdict(obstacles).alias("verdict")).select(
        *_KEYS, "label", "metric", "published", "ours", "difference", "verdict"
    )


def obstacles(
    images: Mapping[str, int],
    networks: Mapping[str, Network],
    weights: Mapping[str, str],
    settings: Mapping[str, Mapping[str, Any]],
) -> list[str]:
    """Why our numbers cannot be compared with the published ones; empty if they can.

    **Arguments:** `images` number used, by network; `networks` facts of each; `weights` the first digits of the SHA-256
    of the weights IMAGENET1K_V1, by network; `settings` those of `SETTINGS` that were used, by network.
    """
    found = []
    for name in images.keys() & weights.keys():
        used = networks[name]["weights"]
        changed = [key for key, value in settings[name].items() if value != SETTINGS[key]]
        if changed:
            found.append(f"{name}: other settings than the paper's ({', '.join(changed)})")
        if images[name] != IMAGES:
            found.append(f"{name}: {images[name]:,} images, not {IMAGES:,}")
        if used != "IMAGENET1K_V1" and not used.startswith(weights[name]):
            found.append(f"{name}: other weights than IMAGENET1K_V1 ({used[:20]})")
    return sorted(found)


def _check(published: pl.DataFrame) -> None:
    missing = [name for name in _KEYS if name not in published.columns]
    if missing:
        raise InputError(f"the published table lacks the column {missing[0]!r}")
    twice = published.filter(published.select("network", "method").is_duplicated())
    if len(twice):
        network, method = twice.row(0, named=True)["network"], twice.row(0, named=True)["method"]
        raise InputError(f"the published table has more than one row for {network}, {method}")


def _long(table: pl.DataFrame, keys: list[str], value: str) -> pl.DataFrame:
    """One row per metric, in the order of tables."""
    metrics = [name for name in METRICS if name in table.columns]
    return table.unpivot(metrics, index=keys, variable_name="metric", value_name=value)


def _verdict(obstacles: Sequence[str]) -> pl.Expr:
    distance = pl.col("difference").abs()
    close = pl.when(distance <= _CLOSE).then(pl.lit("within 0.5"))
    judged = close.when(distance <= _NEAR).then(pl.lit("within 2")).otherwise(pl.lit("beyond"))
    run = pl.lit("no verdict") if obstacles else judged
    return pl.when(pl.col("ours").is_null()).then(pl.lit("not run")).otherwise(run)
