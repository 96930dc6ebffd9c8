"""Figure `gallery.png`: images down, methods across, each map over its photograph with what it scored."""

from collections.abc import Callable

import matplotlib
import numpy as np
import polars as pl

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

_COLOURS = "inferno"  # even in lightness, so readable without colour
_CELL, _TEXT, _GAP, _MARGIN = 1.25, 0.42, 0.08, 0.25  # inches


def choose(images: int, wanted: int) -> np.ndarray:
    """Evenly spaced rows."""
    return np.unique(np.linspace(0, images - 1, min(images, wanted)).round().astype(int))


def draw(
    frame: pl.DataFrame,
    models: dict[str, str],
    methods: dict[str, str],
    pixels: Callable[[str, int], np.ndarray],
    mask: Callable[[str, str, int], np.ndarray],
    wanted: int,
) -> Figure:
    """Draw the gallery.

    **Arguments:** `frame` the per-image table; `pixels(model, image)` uint8 (H, W, 3); `mask(model, method, image)`
    U(S) float (H, W); `wanted` images a model.
    """
    cells = [(model, int(image)) for model in models for image in choose(frame["image"].n_unique(), wanted)]
    scores = {(row["model"], row["method"], row["image"]): row for row in frame.iter_rows(named=True)}
    figure, axes = _grid(len(cells), len(methods) + 1)
    for row, (model, image) in zip(axes, cells, strict=True):
        photograph = pixels(model, image)
        _photograph(row[0], photograph, scores[model, next(iter(methods)), image])
        for axis, method in zip(row[1:], methods, strict=True):
            _overlay(axis, photograph, mask(model, method, image), scores[model, method, image])
        if len(models) > 1:
            row[0].set_ylabel(models[model], fontsize=8)
    for axis, title in zip(axes[0], ["Photograph", *methods.values()], strict=True):
        axis.set_title(title.replace(" (", "\n("), fontsize=8)
    return figure


def _grid(rows: int, columns: int) -> tuple[Figure, np.ndarray]:
    """Square cells with room for two lines below each and above the first row, set by hand: solvers take seconds."""
    width, height = (_CELL + _GAP) * columns + _MARGIN, (_CELL + _TEXT) * rows + _TEXT
    figure, axes = plt.subplots(rows, columns, figsize=(width, height), squeeze=False)
    figure.subplots_adjust(
        left=_MARGIN / width,
        right=1 - _GAP / width,
        bottom=_TEXT / height,
        top=1 - _TEXT / height,
        wspace=_GAP / _CELL,
        hspace=_TEXT / _CELL,
    )
    return figure, axes


def _photograph(axis: plt.Axes, photograph: np.ndarray, row: dict) -> None:
    axis.imshow(photograph)
    label = "" if row["label"] < 0 else f", label {row['label']}"
    _legend(axis, f"class {row['target']}{label}\np(x) {row['probability']:.3f}")


def _overlay(axis: plt.Axes, photograph: np.ndarray, mask: np.ndarray, row: dict) -> None:
    axis.imshow(photograph.mean(2), cmap="gray", vmin=0, vmax=255)
    axis.imshow(mask, cmap=_COLOURS, vmin=0, vmax=1, alpha=0.55)
    flag = " (degenerate)" if row["degenerate"] else " (not finite)" if row["nonfinite"] else ""
    _legend(axis, f"p(masked) {row['masked_probability']:.3f}\nADCC {100 * row['adcc']:.1f}{flag}")


def _legend(axis: plt.Axes, text: str) -> None:
    axis.set(xticks=[], yticks=[])
    axis.set_xlabel(text, fontsize=7, labelpad=2)
