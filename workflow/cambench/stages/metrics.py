"""Stage `metrics`: every metric of one image, from stored probabilities and maps (pure numpy)."""

import math
from collections.abc import Callable, Iterator

import numpy as np

from .. import metrics
from ..masks import Masking
from ..metrics import Explained
from ..store.layout import Shapes
from ..store.reader import Rows

_BLOCK, _BLOCK_CELLS = 1024, 4 << 20  # most rows, and most cells of their maps
_COLUMNS = ("predictions.target", "predictions.predicted", "images.label", "predictions.correct")
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
) -> Iterator[dict[str, np.ndarray]]:
    """Columns of the table of images, block by block.

    **Arguments:** `read` gives the rows of a variable; `images` are the first of them in the manifest and the one after
    the last; `area` is the rule of the areas under the curves, None if no curves were drawn; `precision` that of the
    network.
    """
    total, step = images[1] - images[0], min(_BLOCK, max(1, _BLOCK_CELLS // math.prod(shapes.map)))
    stages = ["saliency", "masked", *["curves"] * bool(area)]
    for start in range(0, total, step):
        block = slice(start, min(total, start + step))
        columns = {"image": np.arange(images[0] + block.start, images[0] + block.stop)}
        columns |= {name.partition(".")[2]: read(name)[block] for name in _COLUMNS}
        columns["probability"] = read("predictions.probability")[block]
        columns["masked_probability"] = read("masked.probability")[block]
        seen = Explained(
            columns["probability"],
            columns["masked_probability"],
            read("saliency.raw")[block],
            read("masked.raw")[block] if has_masked_maps else None,
            shapes.input,
            masking,
            {name: read(f"curves.{name}")[block] for name in ("deletion", "insertion") if area},
            shapes.points,
            area or "trapezoid",
            read("curves.steps")[block] if area else None,
        )
        clean, masked = (read(f"{stage}.condition")[block] for stage in ("saliency", "masked"))
        columns |= measure(seen) | {"ill_conditioned": ill_conditioned(clean, masked, precision)}
        columns |= {"tied": read("curves.tied")[block].astype(np.float64)} if area else {}
        yield columns | {f"{stage}_passes": read(f"{stage}.passes")[block] for stage in stages}


def measure(seen: Explained) -> dict[str, np.ndarray]:
    """Every metric that the run allows, float64 (n,), by name; `degenerate` and `nonfinite`, bool (n,)."""
    found = {metric.COLUMN.name: metric.measure(seen) for metric in metrics.load()}
    known = {name: values for name, values in found.items() if values is not None}
    return known | {"degenerate": seen.degenerate, "nonfinite": seen.nonfinite}


def ill_conditioned(clean: np.ndarray, masked: np.ndarray, precision: str) -> np.ndarray:
    """Which rows rounding moves too far to be trusted, bool (n,).

    **Arguments:** `clean`, `masked`, float (n,): conditions of the maps of the clean and the masked input, see
    `methods/_condition.py`. They multiply, for what moves the first map moves the input of the second.
    """
    clean, masked = clean.astype(np.float64), masked.astype(np.float64)
    return (1 + clean) * (1 + masked) - 1 > max(_LEAST, _MOVED / _ROUNDING[precision])
