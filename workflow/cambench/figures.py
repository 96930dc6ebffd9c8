"""Figure `adcc.svg`: methods by ADCC with intervals, and the three parts beside it."""

from typing import Any

import matplotlib
import polars as pl

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

# Okabe & Ito's palette, told apart by colour-blind readers; the panels' titles say the same.
_PANELS = {
    "adcc": ("ADCC ↑", "#000000"),
    "average_drop": ("Average Drop ↓", "#D55E00"),
    "coherency": ("Coherency ↑", "#0072B2"),
    "complexity": ("Complexity ↓", "#009E73"),
}
STYLE: Any = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.hashsalt": "cambench",  # the same figure, the same bytes
    "svg.fonttype": "none",
}


def adcc(summary: pl.DataFrame, models: dict[str, str], methods: dict[str, str]) -> Figure:
    """One row of panels a model; methods from the best ADCC down, percent, with their intervals."""
    height = 0.9 + 0.21 * len(methods)
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            len(models), len(_PANELS), figsize=(7.5, height * len(models)), squeeze=False, layout="constrained"
        )
        for row, model in zip(axes, models, strict=True):
            table = summary.filter(pl.col("model") == model).sort("adcc")
            for axis, (column, (title, colour)) in zip(row, _PANELS.items(), strict=True):
                _panel(axis, table, column, colour, axis is row[0])
                axis.set_title(title)
            row[0].set_yticks(range(len(table)), [methods[name] for name in table["method"]])
            row[0].set_ylabel(models[model])
    return figure


def _panel(axis: plt.Axes, table: pl.DataFrame, column: str, colour: str, first: bool) -> None:
    value, low, high = (100 * table[f"{column}{end}"].to_numpy() for end in ("", "_low", "_high"))
    places = range(len(table))
    axis.hlines(places, low, high, color=colour, linewidth=1.5, alpha=0.6)
    axis.plot(value, places, "o", color=colour, markersize=4)
    axis.set(xlim=(-3, 103), xlabel="%", ylim=(-0.7, len(table) - 0.3))
    axis.grid(axis="x", linewidth=0.4, alpha=0.5)
    if not first:
        axis.set_yticks(places, [""] * len(table))
