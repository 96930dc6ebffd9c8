"""Figure `gallery.png`: images down, methods across, each map over its photograph with what it scored."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import matplotlib
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...images.names import Names
from ..classes import shown
from .style import STYLE

_OF_SEVERAL = {1: "\none of its labels", 0: "\nnone of its labels", -1: ""}
_FLAGS = {"degenerate": "degenerate", "nonfinite": "not finite", "ill_conditioned": "ill-conditioned"}
_COLOURS = "inferno"  # even in lightness, so readable without colour
_OPACITY = 0.55
_CELL, _TEXT, _GAP, _MARGIN = 1.25, 0.42, 0.08, 0.25  # inches


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
        figure, axis = _canvas(sum(heights), len(methods) + 1)
        for row, (network, image, photograph) in enumerate(cells):
            top = sum(heights[:row])
            _cell(
                axis,
                top,
                0,
                photograph,
                _of_photograph(scores[network, next(iter(methods)), image], names.get(network)),
            )
            for column, method in enumerate(methods, 1):
                overlaid = _overlaid(photograph, mask(network, method, image))
                _cell(axis, top, column, overlaid, _of_map(scores[network, method, image]))
            if len(networks) > 1:
                middle = top + _size(photograph)[0] / 2
                axis.text(-0.05, middle, networks[network], fontsize=8, rotation=90, ha="right", va="center")
        for column, title in enumerate(["Photograph", *methods.values()]):
            place = column * (_CELL + _GAP) + _CELL / 2
            axis.text(place, -0.05, title.replace(" (", "\n("), fontsize=8, ha="center", va="bottom")
    return figure


def _canvas(rows: float, columns: int) -> tuple[Figure, Axes]:
    """One pair of axes for all cells, in inches from the first one's corner; axes per cell would take many seconds.

    **Arguments:** `rows` is how high they are together, in inches; `columns` is how many.
    """
    width, height = (_CELL + _GAP) * columns + _MARGIN, rows + _TEXT
    figure = Figure(figsize=(width, height))
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set_axis_off()
    axis.set(xlim=(-_MARGIN, width - _MARGIN), ylim=(height - _TEXT, -_TEXT), autoscale_on=False)
    return figure, axis


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
