"""Stage `metrics`: every metric of one image, from stored probabilities and maps (pure numpy)."""

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import polars as pl

from .. import further, metrics, own
from ..errors import InputError
from ..images import objects as places
from ..masks import Masking
from ..metrics import Explained, Metric
from ..store.layout import Shapes
from ..store.reader import Rows
from ..store.stages import FURTHER

_BLOCK, _BLOCK_CELLS = 1024, 4 << 20  # most rows, and most cells of their maps
_CURVES = ("deletion", "insertion")
_COLUMNS = {
    "target": "predictions.target",
    "predicted": "predictions.predicted",
    "label": "images.label",
    "correct": "predictions.correct",
    "probability": "predictions.probability",
    "masked_probability": "masked.probability",
}
# Relative rounding of one operation. A network's activations are off by some ten times as much.
_ROUNDING = {"float32": 2.0**-24, "tf32": 2.0**-11, "bfloat16": 2.0**-8}
# A row is ill-conditioned where rounding may move a cell of a scaled map by a thousandth, and ten times as far as where
# there is no denominator. XGrad-CAM on EfficientNet-Lite0's last block, 20 photographs, two classes each, in float32
# against float64: a cell of S moves by 15 roundings x condition in the median and by up to 74; of the 40 rows, two are
# below the first limit, and move by 6e-5 at most, and the others by 1e-4 to 1. In bfloat16 Grad-CAM moves by 0.03 at
# most, and XGrad-CAM, always above the second limit, by 0.08 to 1.
_MOVED, _LEAST = 2e-5, 10.0


def rows(
    read: Callable[[str], Rows],
    images: tuple[int, int],
    shapes: Shapes,
    masking: Masking,
    area: str | None,
    precision: str,
    has_masked_maps: bool = True,
    wanted: Sequence[str] = metrics.DEFAULT,
    objects: pl.DataFrame | pl.LazyFrame | None = None,
    others: Sequence[str] = (),
) -> Iterator[dict[str, np.ndarray]]:
    """Columns of the table of images, block by block.

    **Arguments:** `read` gives the rows of a variable; `images` are the first of them in the manifest and the one after
    the last; `area` is the rule of the areas under the curves, None if no curves were drawn; `precision` that of the
    network; `wanted` the metrics, by name or by path; `objects` a table of `images.objects`, read block by block if it
    is lazy; `others` the further stages that the run made. **Raises:** `InputError` for a user's own metric that fails.
    """
    for block in _blocks(images[1] - images[0], shapes, wanted):
        columns = {name: read(variable)[block] for name, variable in _COLUMNS.items()}
        inside, located = _located(objects, images[0] + block.start, images[0] + block.stop, shapes.input)
        seen = Explained(
            columns["probability"],
            columns["masked_probability"],
            read("saliency.raw")[block],
            read("masked.raw")[block] if has_masked_maps else None,
            shapes.input,
            masking,
            {name: read(f"curves.{name}")[block] for name in _CURVES if area},
            shapes.points,
            area or "trapezoid",
            read("curves.steps")[block] if area else None,
            inside,
            {name: read(name)[block] for name in further.needed_of(wanted, others)},
        )
        columns |= measure(seen, wanted) | _doubts(read, block, precision, bool(area)) | located
        stages = "saliency", "masked", *["curves"] * bool(area), *others
        columns |= {f"{stage}_passes": read(f"{stage}.passes")[block] for stage in stages}
        yield {"image": np.arange(*images)[block], **columns, **_without_passes(wanted, others, seen)}


def _doubts(read: Callable[[str], Rows], block: slice, precision: str, drawn: bool) -> dict[str, np.ndarray]:
    """Columns that say where a number may not be trusted."""
    conditions = read("saliency.condition")[block], read("masked.condition")[block]
    tied = {"tied": read("curves.tied")[block].astype(np.float64)} if drawn else {}
    return {"ill_conditioned": ill_conditioned(*conditions, precision), **tied}


def _without_passes(wanted: Sequence[str], others: Sequence[str], seen: Explained) -> dict[str, np.ndarray]:
    """Columns of passes of further stages that other methods of the run have, and this one cannot."""
    absent = {need.partition(".")[0] for need in further.needed_of(wanted, FURTHER)} - {*others}
    return {f"{stage}_passes": np.zeros(len(seen.probability), np.int32) for stage in FURTHER if stage in absent}


def _blocks(total: int, shapes: Shapes, wanted: Sequence[str]) -> Iterator[slice]:
    """Rows at a time, fewer of them where a metric looks at all pixels."""
    large = any("saliency.mask" in metrics.facts(name).needs for name in wanted)
    step = min(_BLOCK, max(1, _BLOCK_CELLS // math.prod(shapes.input if large else shapes.map)))
    return (slice(start, min(total, start + step)) for start in range(0, total, step))


def _located(
    objects: pl.DataFrame | pl.LazyFrame | None, first: int, after: int, size: tuple[int, int]
) -> tuple[np.ndarray | None, dict[str, np.ndarray]]:
    """Pixels of the input that belong to the objects of some images, bool (n, H, W), and columns that count them."""
    if objects is None:
        return None, {}
    inside, lost = places.located(objects, first, after, size)
    return inside, {"object_share": inside.mean((1, 2)), "object_lost": lost}


def measure(seen: Explained, wanted: Sequence[str] = metrics.DEFAULT) -> dict[str, np.ndarray]:
    """Metrics, float64 (n,), by name, as far as the run allows them; `degenerate` and `nonfinite`, bool (n,).

    **Arguments:** `wanted` the metrics, by name or by path. **Raises:** `InputError`, one line, for a user's own that
    fails, or does not give one number for each image.
    """
    found = {}
    for metric, name in zip(metrics.load(wanted), metrics.in_order(wanted), strict=True):
        found[metric.COLUMN.name] = _of_own(name, metric, seen) if own.is_own(name) else metric.measure(seen)
        if found[metric.COLUMN.name] is None and further.needed_of([name], FURTHER):  # as of maps from a file
            found[metric.COLUMN.name] = np.full(len(seen.probability), np.nan)
    known = {name: values for name, values in found.items() if values is not None}
    return known | {"degenerate": seen.degenerate, "nonfinite": seen.nonfinite}


def _of_own(name: str, metric: Metric, seen: Explained) -> np.ndarray:
    """Values of a user's own metric; NaN where it needs maps of the masked inputs and there are none."""
    if "masked.raw" in metrics.facts(name).needs and seen.masked_raw is None:
        return np.full(len(seen.probability), np.nan)
    try:
        found = metric.measure(seen)
        values = None if found is None else np.asarray(found, np.float64)
    except (Exception, SystemExit) as error:  # the user's code may raise anything
        raise InputError(f"{name}: measure fails: {own.said(error)}") from error
    if values is None:
        raise InputError(f"{name}: measure gives nothing; return one number per image, and name in NEEDS what it takes")
    if values.shape != seen.probability.shape:
        raise InputError(f"{name}: measure gives shape {values.shape}, not {seen.probability.shape}")
    return values


def ill_conditioned(clean: np.ndarray, masked: np.ndarray, precision: str) -> np.ndarray:
    """Which rows rounding moves too far to be trusted, bool (n,).

    **Arguments:** `clean`, `masked`, float (n,): conditions of the maps of the clean and the masked input, see
    `methods/_condition.py`. They multiply, for what moves the first map moves the input of the second.
    """
    clean, masked = clean.astype(np.float64), masked.astype(np.float64)
    return (1 + clean) * (1 + masked) - 1 > max(_LEAST, _MOVED / _ROUNDING[precision])
