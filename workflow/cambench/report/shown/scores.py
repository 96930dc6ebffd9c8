"""What pages say of some images of one network: columns of plain values, for JSON."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import polars as pl

from ...images.names import Names

FLAGS = ("degenerate", "nonfinite", "ill_conditioned")
_OF_IMAGE = ("target", "predicted", "correct", "probability")


def columns(
    rows: pl.DataFrame,
    images: Sequence[int],
    methods: Sequence[str],
    metrics: Collection[str],
    manifest: pl.DataFrame,
    names: Names | None,
    boxes: pl.DataFrame | None = None,
) -> dict[str, Any]:
    """Columns of the images in their order, and of each method's maps of them.

    **Arguments:** `rows` of one network, one per method and image, as metrics.parquet has them; `metrics` columns of
    these; `manifest` at least of these images, columns image, path and labels (or label, in older runs); `boxes` has
    the columns image and boxes, if they are known.
    """
    wanted = pl.DataFrame({"image": pl.Series(images, dtype=pl.Int64)})
    of = {name: wanted.join(rows.filter(pl.col("method") == name), "image", "left") for name in methods}
    listed = wanted.join(manifest, "image", "left")
    first = of[methods[0]]
    found = {name: plain(first[name]) for name in _OF_IMAGE}
    labels = _labels(listed)
    classes = sorted({*found["target"], *found["predicted"], *(label for some in labels for label in some)} - {None})
    return {
        "images": list(images),
        "files": listed["path"].to_list(),
        "labels": labels,
        **found,
        "names": {str(number): name for number in classes if (name := _name(number, names)) is not None},
        **({} if boxes is None else {"boxes": _boxes(wanted.join(boxes, "image", "left"))}),
        "scores": {name: _scores(table, metrics) for name, table in of.items()},
    }


def _scores(table: pl.DataFrame, metrics: Collection[str]) -> dict[str, Any]:
    """Columns of one method: the probability on the masked image, the metrics, and which images have a flag."""
    flags: Mapping[str, list[int]] = {
        flag: [place for place, value in enumerate(table[flag].to_list()) if value] for flag in FLAGS if flag in table
    }
    return {
        "masked": plain(table["masked_probability"]),
        "values": {name: plain(table[name]) for name in metrics},
        "flags": flags,
    }


def _boxes(listed: pl.DataFrame) -> list[list[list[float]]]:
    """Left, top, width and height of each box, in pixels of the input."""
    found = [boxes or [] for boxes in listed["boxes"].to_list()]
    return [[[round(side, 1) for side in (a, b, c - a, d - b)] for a, b, c, d in boxes] for boxes in found]


def _labels(listed: pl.DataFrame) -> list[list[int]]:
    if "labels" in listed:
        return [labels or [] for labels in listed["labels"].to_list()]
    return [[label] if label is not None and label >= 0 else [] for label in listed["label"].to_list()]


def _name(number: int, names: Names | None) -> str | None:
    return names[number] if names is not None and 0 <= number < len(names) else None


def plain(values: pl.Series) -> list[Any]:
    """Values as JSON has them: fractions to six digits, None for what is not finite."""
    return [_plain(value) for value in values.to_list()]


def _plain(value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return float(f"{value:.6g}") if math.isfinite(value) else None
