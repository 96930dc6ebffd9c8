"""Numbers of a whole set about where objects are, of thresholds that suit all of it or of the pixels of all images.

They are functions of sums over images: how many images meet a criterion at each threshold, how many pixels have each
level, inside the object and outside, and how many are right at the threshold mean U. So a resample of the images needs
nothing but other sums, and takes its own best threshold.
"""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from ..localisation.image import CRITERIA
from .bootstrap import Bootstrap, drawn, interval

_DRAWN, _IMAGES = 100_000_000, 1024  # counts of draws held at once, images read at once
_COUNTS = ["true_positives", "false_positives", "false_negatives", "true_negatives"]
_SUMMED = {"boxes": ["boxes"], "inside": ["inside"], "outside": ["outside"], "counts": _COUNTS}
Sums = dict[str, np.ndarray]  # of the columns above, (resamples, columns)


@dataclass(frozen=True)
class Number:
    """A number of the set: its title, its definition in one line, the paper. All are in [0, 1]; higher is better."""

    title: str
    definition: str
    source: str


NUMBERS = {
    "max_box_accuracy": Number(
        "MaxBoxAcc",
        "share of images whose largest component's box has IoU >= 0.5 with a box of the object, at the best threshold",
        "Choe et al., 2020",
    ),
    "max_box_accuracy_v2": Number(
        "MaxBoxAccV2",
        "the same of the best component's box: mean over IoU >= 0.3, 0.5 and 0.7, each at its best threshold",
        "Choe et al., 2020",
    ),
    "pixel_ap": Number("PxAP", "area under precision and recall of all pixels together", "Choe et al., 2020"),
    "pixel_accuracy": Number(
        "Pixel accuracy", "share of all pixels that {U > mean U} puts on the right side", "Chefer et al., 2021"
    ),
    "mean_iou": Number(
        "Mean IoU", "IoU of {U > mean U} with the object, and of the rest, over all pixels; mean", "Chefer et al., 2021"
    ),
}
# Best thresholds, as shares of the maximum, by criterion: of the largest component, of any at IoU 0.3, 0.5 and 0.7.
THRESHOLDS = ("threshold", "threshold_30", "threshold_50", "threshold_70")
_VALUES = ("object_lost", *(f"{name}{end}" for name in NUMBERS for end in ("", "_low", "_high")), *THRESHOLDS)
SCHEMA: dict[str, type[pl.DataType]] = {"network": pl.String, "method": pl.String, "images": pl.Int64}
SCHEMA |= dict.fromkeys(_VALUES, pl.Float64)


def summarise(tables: Mapping[tuple[str, ...], pl.LazyFrame], bootstrap: Bootstrap) -> pl.DataFrame:
    """One row per network and method, fractions.

    **Arguments:** `tables` by network and method, as `localisation.rows` makes them, of the same images in one order.
    **Returns:** network, method, images, object_lost (mean), every one of `NUMBERS` with `_low` and `_high`, and
    `THRESHOLDS`. All methods see the same resamples, in each of which the best thresholds are chosen anew. Null is what
    is not known: boxes where objects are masks, precision where no pixel is an object's, intervals of one image.
    """
    images = {len(table.select("image").collect()) for table in tables.values()}
    assert len(images) == 1, "tables of different images"
    total = images.pop()
    samples: dict[tuple[str, ...], list[dict[str, np.ndarray]]] = {pair: [] for pair in tables}
    for counts in _resamples(total, bootstrap):
        for pair, table in tables.items():
            samples[pair].append(numbers(_sums(table, counts), total))
    whole = np.ones((1, total))  # in float64, so that sums are exact; those of resamples are to a millionth
    rows = [_row(pair, table, _sums(table, whole), total, samples[pair], bootstrap) for pair, table in tables.items()]
    return pl.DataFrame(rows, SCHEMA, orient="row").with_columns(pl.selectors.float().fill_nan(None))


def numbers(sums: Sums, images: int) -> dict[str, np.ndarray]:
    """Each of `NUMBERS`, float64 (resamples,), of sums over so many images; NaN where it is not known."""
    found = dict.fromkeys(NUMBERS, np.full(len(sums["counts"]), np.nan))
    if "boxes" in sums:
        best = _by_criterion(sums["boxes"]).max(2) / images
        found |= {"max_box_accuracy": best[:, 0], "max_box_accuracy_v2": best[:, 1:].mean(1)}
    hit, false, missed, right = sums["counts"].T
    with np.errstate(invalid="ignore", divide="ignore"):
        ious = hit / (hit + false + missed), right / (right + false + missed)
    found |= {"pixel_ap": average_precision(sums["inside"], sums["outside"])}
    return found | {"pixel_accuracy": (hit + right) / sums["counts"].sum(1), "mean_iou": (ious[0] + ious[1]) / 2}


def average_precision(inside: np.ndarray, outside: np.ndarray) -> np.ndarray:
    """Sum over levels, the highest first, of precision times what recall gains; float64 (n,), NaN without an object.

    **Arguments:** numbers of pixels of each level, (n, levels), that are the object's, and that are not.

    >>> average_precision(np.array([[0, 1, 1]]), np.array([[2, 1, 0]])).round(4)
    array([0.8333])
    """
    found, wrong = (np.cumsum(counts[:, ::-1], axis=1) for counts in (inside, outside))
    precision = found / np.maximum(found + wrong, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((precision * inside[:, ::-1]).sum(1) / inside.sum(1))


def _by_criterion(sums: np.ndarray) -> np.ndarray:
    """How many images meet each criterion at each threshold, (resamples, criteria, thresholds)."""
    return sums.reshape(len(sums), len(CRITERIA), -1)


def _resamples(images: int, bootstrap: Bootstrap) -> Iterator[np.ndarray]:
    """How often each image is drawn, uint8 (some resamples, images), as many as memory is meant to hold.

    That an image is drawn 256 times is as likely as one in the factorial of 256.
    """
    held, most = [], max(1, _DRAWN // images)
    for counts in drawn(images, bootstrap.resamples, bootstrap.seed):
        held.append(counts.astype(np.uint8))
        if sum(map(len, held)) >= most:
            yield np.concatenate(held)
            held = []
    if held:
        yield np.concatenate(held)


def _sums(table: pl.LazyFrame, counts: np.ndarray) -> Sums:
    """Sums over the images of a table, each as often as it was drawn, (resamples, images).

    Draws in uint8 are multiplied in float32, part by part, which is exact for what is 0 or 1.
    """
    dtype = np.dtype(np.float32 if counts.dtype == np.uint8 else np.float64)
    present, found = table.collect_schema().names(), dict[str, np.ndarray]()
    for name, columns in _SUMMED.items():
        if not set(columns) <= set(present):
            continue
        values = table.select(columns).collect()
        parts = (slice(start, start + _IMAGES) for start in range(0, len(values), _IMAGES))
        found[name] = functools.reduce(np.add, (_product(counts[:, part], values[part], dtype) for part in parts))
    return found


def _product(counts: np.ndarray, values: pl.DataFrame, dtype: np.dtype) -> np.ndarray:
    arrays = [column.to_numpy().reshape(len(values), -1).astype(dtype) for column in values.iter_columns()]
    return (counts.astype(dtype) @ np.concatenate(arrays, axis=1)).astype(np.float64)


def _row(
    pair: tuple[str, ...],
    table: pl.LazyFrame,
    sums: Sums,
    images: int,
    samples: list[dict[str, np.ndarray]],
    bootstrap: Bootstrap,
) -> tuple:
    lost = table.select(pl.col("object_lost").mean()).collect().item()
    values: list[float | None] = []
    for name, (value,) in numbers(sums, images).items():
        ends = interval(np.concatenate([part[name] for part in samples]), bootstrap.confidence, images)
        values += [value, *map(float, ends)]
    return (*pair, images, lost, *values, *_thresholds(sums))


def _thresholds(sums: Sums) -> list[float | None]:
    """The best threshold of each criterion, the lowest of equally good ones; None without boxes."""
    if "boxes" not in sums:
        return [None] * len(THRESHOLDS)
    met = _by_criterion(sums["boxes"])[0]
    return [float(place) / met.shape[1] for place in met.argmax(1)]
