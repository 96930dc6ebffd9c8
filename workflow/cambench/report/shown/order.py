"""In which order pages show images: from one table of scores, by one rule."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from ...errors import InputError, shown

BY = ("image", "worst", "best", "disputed", "random", "pair")


@dataclass(frozen=True)
class Order:
    """How images are ordered; those that tie, or have no value, stand in the order of the data set.

    - `by`: one of `BY`. `worst` and `best` go by the metric of `method`, or by its mean over the compared methods;
      `disputed` by how far the compared methods lie apart, the farthest first; `pair` by how far `a` and `b` do.
    - `metric`: a column of one image.
    """

    by: str = "worst"
    metric: str = "adcc"
    method: str | None = None
    a: str | None = None
    b: str | None = None

    def refuse_unknown(self, methods: Collection[str], metrics: Collection[str]) -> None:
        """Look whether the names are known. **Raises:** `InputError` for one that is not."""
        if self.by not in BY:
            raise InputError(f"order: {shown(self.by)} is none of {', '.join(BY)}")
        if self.metric not in metrics:
            raise InputError(f"order: no metric {shown(self.metric)}; there are {', '.join(metrics)}")
        for method in [self.a, self.b] if self.by == "pair" else [self.method] if self.method else []:
            if method not in methods:
                raise InputError(f"order: no method {shown(method)}; there are {', '.join(methods)}")


def compared(methods: Sequence[str], controls: Collection[str]) -> list[str]:
    """The methods that images are ordered by: all but the controls, or all of them where fewer than two are left."""
    found = [method for method in methods if method not in controls]
    return found if len(found) > 1 else list(methods)


def ordered(scores: pl.LazyFrame, order: Order, methods: Sequence[str], higher: bool = True) -> np.ndarray:
    """Numbers of all images, int64 (n,), in an order.

    **Arguments:** `scores` one row per method and image of one network, with columns method, image and the metrics;
    `methods` are those to be compared; `higher`: whether higher values of the order's metric are better.
    """
    if order.by in ("image", "random"):
        images = scores.select(pl.col("image").unique().sort()).collect()["image"].to_numpy()
        return images if order.by == "image" else images[np.argsort(mixed(images), kind="stable")]
    value = pl.col(order.metric).fill_nan(None)
    spread, chosen = value.max() - value.min(), list(methods)
    if order.by == "pair":
        chosen = [order.a or "", order.b or ""]
    elif order.method and order.by != "disputed":
        chosen = [order.method]
    key = value.mean() if order.by in ("worst", "best") else spread
    rising = order.by in ("worst", "best") and (order.by == "worst") == higher
    found = scores.filter(pl.col("method").is_in(chosen)).group_by("image").agg(key.alias("key"))
    return found.sort("key", "image", descending=[not rising, False], nulls_last=True).collect()["image"].to_numpy()


def mixed(images: np.ndarray) -> np.ndarray:
    """A number of 32 bits for each, uint32 (n,), which tells nothing of it: the last steps of MurmurHash3 (Appleby)."""
    with np.errstate(over="ignore"):
        found = images.astype(np.uint32)
        for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
            found = (found ^ (found >> np.uint32(shift))) * np.uint32(factor)
        return found ^ (found >> np.uint32(16))
