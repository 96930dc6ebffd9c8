"""What each network predicted, class by class, with the names of the classes."""

from collections.abc import Mapping, Sequence

import polars as pl

from ..images.names import Names

_KEYS = ("network", "target")


def by_class(
    frame: pl.DataFrame | pl.LazyFrame, networks: Sequence[str], names: Mapping[str, Names | None]
) -> pl.DataFrame:
    """One row per network and explained class, in the order of `networks` and of the classes.

    **Arguments:** `frame` the per-image table; `names` of the classes by network, None where they have none.
    **Returns:** network, class, name (null if it has none), images, top1 (share of the labelled ones whose predicted
    class is one of their labels; null if none is labelled) and probability (mean of the class's on the clean images
    where it is finite).
    """
    seen = frame.lazy().select(*_KEYS, "image", "correct", "probability").unique(["network", "image"])
    finite = pl.col("probability").is_finite()
    right = ((pl.col("correct") == 1) & finite).filter(pl.col("correct") >= 0)
    counted = seen.group_by(_KEYS).agg(
        pl.len().cast(pl.Int64).alias("images"),
        right.mean().alias("top1"),
        pl.col("probability").filter(finite).mean(),
    )
    parts = [_of_network(counted.filter(network=name).collect(), names.get(name) or ()) for name in networks]
    return pl.concat(parts)


def _of_network(counted: pl.DataFrame, names: Names) -> pl.DataFrame:
    table = counted.sort("target").rename({"target": "class"})
    given = [names[number] if number < len(names) else None for number in table["class"]]
    named = table.with_columns(pl.Series("name", given, pl.String))
    return named.select("network", "class", "name", "images", "top1", "probability")
