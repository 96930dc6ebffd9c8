"""Figure `gallery.png`: images down, methods across, each map over its photograph with what it scored."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import matplotlib
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...images.names import Names
from ..classes import shown
from .style import STYLE, wrapped

_OF_SEVERAL = {1: "\none of its labels", 0: "\nnone of its labels", -1: ""}
_FLAGS = {"degenerate": "degenerate", "nonfinite": "not finite", "ill_conditioned": "ill-conditioned"}
_COLOURS = "inferno"  # even in lightness, so readable without colour
_OPACITY = 0.55
_CELL, _TEXT, _GAP, _MARGIN = 1.25, 0.42, 0.08, 0.25  # inches
_TITLE, _LINE = 8, 8 * 1.25 / 72  # points of a title, inches from one of its lines to the next


def draw(
    frame: pl.DataFrame,
    networks: Mapping[str, str],
    methods: Mapping[str, str],
    pixels: Callable[[str, int], np.ndarray],
    mask: Callable[[str, str, int], np.ndarray],
    images: Sequence[int],
    names: Mapping[str, Names | None] = MappingProxyType({}),
) -> Figure:
    """Draw the gallery.

    **Arguments:** `frame` the per-image table; `networks` and `methods` titles by name; `pixels(network, image)` uint8
    (H, W, 3); `mask(network, method, image)` U(S) float (H, W) in [0, 1]; `images` the rows to show; `names` those
    of the classes, by network.
    """
    cells = [(network, image, pixels(network, image)) for network in networks for image in images]
    heights = [_size(photograph)[0] + _TEXT for _, _, photograph in cells]
    scores = {(row["network"], row["method"], row["image"]): row for row in frame.iter_rows(named=True)}
    with matplotlib.rc_context(STYLE):
        heads = [wrapped(title.replace(" (", "\n("), _TITLE, _CELL) for title in ["Photograph", *methods.values()]]
        named = cells if len(networks) > 1 else []
        # beside its row, so that no title runs into the next one's
        sides = [wrapped(networks[cell[0]], _TITLE, high - _GAP) for cell, high in zip(named, heights, strict=False)]
        figure, axis = _canvas(sum(heights), len(methods) + 1, _lines(heads) * _LINE, _lines(sides) * _LINE)
        for row, (network, image, photograph) in enumerate(cells):
            top = sum(heights[:row])
            said = _of_photograph(scores[network, next(iter(methods)), image], names.get(network))
            _cell(axis, top, 0, photograph, said)
            for column, method in enumerate(methods, 1):
                overlaid = _overlaid(photograph, mask(network, method, image))
                _cell(axis, top, column, overlaid, _of_map(scores[network, method, image]))
        for row, title in enumerate(sides):
            middle = sum(heights[:row]) + heights[row] / 2
            axis.text(-0.05, middle, title, fontsize=_TITLE, rotation=90, ha="right", va="center", ma="center")
        for column, title in enumerate(heads):
            place = column * (_CELL + _GAP) + _CELL / 2
            axis.text(place, -0.05, title, fontsize=_TITLE, ha="center", va="bottom")
    return figure


def _canvas(rows: float, columns: int, head: float, side: float) -> tuple[Figure, Axes]:
    """One pair of axes for all cells, in inches from the first one's corner; axes per cell would take many seconds.

    **Arguments:** `rows` is how high they are together, in inches; `columns` is how many; `head` and `side` are the
    inches that the titles of the columns and the rows take.
    """
    above, left = max(_TEXT, head + 0.1), max(_MARGIN, side + 0.1)
    width, height = (_CELL + _GAP) * columns + left, rows + above
    figure = Figure(figsize=(width, height))
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set_axis_off()
    axis.set(xlim=(-left, width - left), ylim=(height - above, -above), autoscale_on=False)
    return figure, axis


def _lines(titles: Iterable[str]) -> int:
    """How many lines the longest title has."""
    return max((title.count("\n") + 1 for title in titles), default=0)


def _cell(axis: Axes, top: float, column: int, image: np.ndarray, text: str) -> None:
    """An image in the middle of its column, and a text below it."""
    height, width = _size(image)
    middle = column * (_CELL + _GAP) + _CELL / 2
    axis.imshow(image, extent=(middle - width / 2, middle + width / 2, top + height, top))
    axis.text(middle, top + height + 0.03, text, fontsize=7, ha="center", va="top")


def _size(image: np.ndarray) -> tuple[float, float]:
    """Height and width in inches of an image whose longer side is as long as a cell."""
    height, width = image.shape[:2]
    scale = _CELL / max(height, width)
    return height * scale, width * scale


def _overlaid(photograph: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The map in colours over the photograph in grey, uint8 (H, W, 3)."""
    grey = photograph.mean(2, keepdims=True)
    colours = matplotlib.colormaps[_COLOURS](mask)[..., :3] * 255
    return (grey + (colours - grey) * _OPACITY).astype(np.uint8)


def _of_photograph(row: dict[str, Any], names: Names | None) -> str:
    """The explained class, the label, or whether it is one of several, and the probability."""
    target, label = shown(row["target"], names), shown(row["label"], names)
    if row["label"] >= 0 and names is None:
        said = f"class {target}, label {label}"
    elif row["label"] >= 0:
        said = f"{target}\n" + ("as labelled" if row["label"] == row["target"] else f"label {label}")
    else:  # the class is the predicted one where there are several labels
        said = (target if names else f"class {target}") + _OF_SEVERAL[row["correct"]]
    return f"{said}\np(x) {row['probability']:.3f}"


def _of_map(row: dict[str, Any]) -> str:
    flag = next((f" ({word})" for column, word in _FLAGS.items() if row[column]), "")
    probability, adcc = _number(row["masked_probability"], "{:.3f}"), _number(row["adcc"], "{:.1f}", 100)
    return f"p(masked) {probability}\nADCC {adcc}{flag}"


def _number(value: float | None, form: str, factor: float = 1) -> str:
    """A number as text; a dash for what is not known."""
    return "–" if value is None or np.isnan(value) else form.format(factor * value)
