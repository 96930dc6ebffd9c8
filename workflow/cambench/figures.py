"""Figures `adcc.svg`, methods by ADCC with its three parts, and `fooled.svg`, what each metric makes of them."""

import matplotlib
import polars as pl

from .definitions import HIGHER_IS_BETTER
from .formats import heading

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from .style import COLOURS, STYLE

# Okabe & Ito's palette, told apart by colour-blind readers; the panels' titles say the same.
_PANELS = {
    "adcc": ("ADCC ↑", "#000000"),
    "average_drop": ("Average Drop ↓", "#D55E00"),
    "coherency": ("Coherency ↑", "#0072B2"),
    "complexity": ("Complexity ↓", "#009E73"),
}
_FOOLED = ("average_drop", "average_increase", "adcc")


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


def fooled(summary: pl.DataFrame, models: dict[str, str], methods: dict[str, str], trivial: list[str]) -> Figure:
    """Rank of each method by Average Drop, Average Increase and ADCC, 1 the best; the trivial methods stand out.

    Why the paper was written: a map that shows nothing wins by the first two metrics, and is last by ADCC.
    """
    with plt.rc_context(STYLE):
        width, height = 1.4 + 3.4 * len(models), 0.9 + 0.21 * len(methods)
        figure, axes = plt.subplots(1, len(models), figsize=(width, height), squeeze=False, layout="constrained")
        for axis, model in zip(axes[0], models, strict=True):
            _slopes(axis, summary.filter(pl.col("model") == model), methods, trivial)
            axis.set_title(models[model])
    return figure


def _slopes(axis: plt.Axes, table: pl.DataFrame, methods: dict[str, str], trivial: list[str]) -> None:
    known = table.drop_nulls(_FOOLED)
    ranks = [known[name].rank("ordinal", descending=HIGHER_IS_BETTER[name]).to_list() for name in _FOOLED]
    for method, *places in zip(known["method"], *ranks, strict=True):
        strong = method in trivial
        colour, width = (COLOURS[1], 2.5) if strong else ("#777777", 1)
        axis.plot(range(len(places)), places, "o-", color=colour, linewidth=width, markersize=4, zorder=2 + strong)
        for side, place, align in ((-0.08, places[0], "right"), (len(places) - 0.92, places[-1], "left")):
            axis.text(
                side, place, methods[method], ha=align, va="center", fontsize=8, color=colour if strong else "black"
            )
    axis.set(xlim=(-1.1, len(_FOOLED) + 0.1), ylim=(len(known) + 0.5, 0.5), yticks=[])
    axis.set_xticks(range(len(_FOOLED)), [heading(name).replace("Average ", "Average\n") for name in _FOOLED])
    axis.spines["left"].set_visible(False)
    axis.spines["bottom"].set_visible(False)
    axis.tick_params(length=0)
