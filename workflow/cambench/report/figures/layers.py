"""Figure `layers.svg`: each metric by target layer, a line per method, with intervals."""

import math
from collections.abc import Mapping

import matplotlib
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...results.columns import METRICS
from .style import STYLE, grid, lines

_ACROSS = 4  # panels
_SPREAD = 0.2  # of the methods around a layer's place, so that their intervals stand side by side


def draw(table: pl.DataFrame, networks: Mapping[str, str], methods: Mapping[str, str]) -> Figure:
    """A block of panels per network, one panel per metric; layers from left to right as they are listed, percent.

    **Arguments:** `table` as `results.layers.by_layer` makes it; `networks` and `methods` titles by name.
    """
    metrics = [name for name in METRICS if name in table.columns and name != "adcc_per_image"]
    rows, looks = math.ceil(len(metrics) / _ACROSS), lines(methods)
    with matplotlib.rc_context(STYLE):
        figure, axes = grid(rows * len(networks), _ACROSS, (10, 2.9 * rows * len(networks)))
        for number, (network, title) in enumerate(networks.items()):
            panels = [axis for row in axes[number * rows : (number + 1) * rows] for axis in row]
            part = table.filter(network=network)
            for axis, metric in zip(panels, metrics, strict=False):
                _panel(axis, part, metric, looks)
            for axis in panels[len(metrics) :]:
                axis.set_visible(False)
            panels[0].set_ylabel(f"{title}\n%")
        legend = figure.legend(
            axes[0][0].lines, methods, loc="outside lower center", ncols=5, fontsize=8, frameon=False
        )
        for text, title in zip(legend.get_texts(), methods.values(), strict=True):
            text.set_text(title)  # matplotlib leaves out lines whose label begins with an underscore
    return figure


def _panel(axis: Axes, table: pl.DataFrame, metric: str, looks: Mapping[str, Mapping]) -> None:
    """Values and intervals of one metric. An interval ends where the table says; one image has none."""
    layers = table["layer"].unique(maintain_order=True).to_list()
    shifts = np.linspace(-_SPREAD, _SPREAD, len(looks)) if len(looks) > 1 else np.zeros(1)
    for (method, look), shift in zip(looks.items(), shifts, strict=True):
        part = table.filter(method=method)
        value, low, high = (100 * part[f"{metric}{end}"].cast(pl.Float64).to_numpy() for end in ("", "_low", "_high"))
        places = np.arange(len(part)) + shift
        axis.plot(places, value, marker="o", markersize=3, linewidth=1.2, **look)
        axis.vlines(places, low, high, color=look["color"], linewidth=1.2, alpha=0.6)
    axis.set_xticks(range(len(layers)), layers, rotation=30, ha="right", rotation_mode="anchor", fontsize=7)
    axis.set(title=METRICS[metric].heading, xlim=(-0.6, len(layers) - 0.4))
    axis.grid(axis="y", linewidth=0.4, alpha=0.5)
