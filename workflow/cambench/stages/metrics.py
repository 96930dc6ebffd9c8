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
_COLUMNS = ("predictions.target", "predictions.predicted", "images.label")


def rows(
    read: Callable[[str], Rows],
    images: tuple[int, int],
    shapes: Shapes,
    masking: Masking,
    area: str | None,
    has_masked_maps: bool = True,
) -> Iterator[dict[str, np.ndarray]]:
    """Columns of the table of images, block by block.

    **Arguments:** `read` gives the rows of a variable; `images` are the first of them in the manifest and the one after
    the last; `area` is the rule of the areas under the curves, None if no curves were drawn.
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
            columns["probability"].astype(np.float64),
            columns["masked_probability"].astype(np.float64),
            read("saliency.raw")[block],
            read("masked.raw")[block] if has_masked_maps else None,
            shapes.input,
            masking,
            {name: read(f"curves.{name}")[block] for name in ("deletion", "insertion") if area},
            shapes.points,
            area or "trapezoid",
        )
        yield columns | measure(seen) | {f"{stage}_passes": read(f"{stage}.passes")[block] for stage in stages}


def measure(seen: Explained) -> dict[str, np.ndarray]:
    """Every metric that the run allows, float64 (n,), by name; `degenerate` and `nonfinite`, bool (n,)."""
    found = {metric.COLUMN.name: metric.measure(seen) for metric in metrics.load()}
    known = {name: values for name, values in found.items() if values is not None}
    return known | {"degenerate": seen.degenerate, "nonfinite": seen.nonfinite}
