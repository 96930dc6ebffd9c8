"""Figures `adcc.svg`, methods by ADCC with its three parts, and `fooled.svg`, what each metric makes of them."""

from collections.abc import Mapping, Sequence

import matplotlib
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...results.columns import METRICS
from .style import COLOURS, STYLE, grid

# Okabe and Ito's palette, told apart by colour-blind readers; the panels' titles say the same.
_PANELS = {"adcc": "#000000", "average_drop": "#D55E00", "coherency": "#0072B2", "complexity": "#009E73"}
_FOOLED = ("average_drop", "average_increase", "adcc")


def adcc(summary: pl.DataFrame, networks: Mapping[str, str], methods: Mapping[str, str]) -> Figure:
    """One row of panels per network; methods from the best ADCC down, percent, with their intervals.

    **Arguments:** `summary` as `summarise` makes it; `networks` and `methods` titles by name.
    """
    height = 0.9 + 0.21 * len(methods)
    with matplotlib.rc_context(STYLE):
        figure, axes = grid(len(networks), len(_PANELS), (7.5, height * len(networks)))
        for row, (network, title) in zip(axes, networks.items(), strict=True):
            table = summary.filter(network=network).sort("adcc")
            for axis, (metric, colour) in zip(row, _PANELS.items(), strict=True):
                _panel(axis, table, metric, colour)
            row[0].set_yticks(range(len(table)), [methods[name] for name in table["method"]])
            row[0].set_ylabel(title)
    return figure


def fooled(
    summary: pl.DataFrame, networks: Mapping[str, str], methods: Mapping[str, str], trivial: Sequence[str]
) -> Figure:
    """Rank of each method by Average Drop, Average Increase and ADCC, 1 the best; the trivial methods stand out.

    Why the paper was written: a map that hides nothing loses nothing by the first metric, and is last by ADCC.
    """
    size = 1.4 + 3.4 * len(networks), 0.9 + 0.21 * len(methods)
    with matplotlib.rc_context(STYLE):
        figure, axes = grid(1, len(networks), size)
        for axis, (network, title) in zip(axes[0], networks.items(), strict=True):
            _slopes(axis, summary.filter(network=network).drop_nulls(_FOOLED), methods, trivial)
            axis.set_title(title)
    return figure


def _panel(axis: Axes, table: pl.DataFrame, metric: str, colour: str) -> None:
    """Values and intervals of one metric, without names of methods."""
    value, low, high = (100 * table[f"{metric}{end}"].to_numpy() for end in ("", "_low", "_high"))
    places = range(len(table))
    axis.hlines(places, low, high, color=colour, linewidth=1.5, alpha=0.6)
    axis.plot(value, places, "o", color=colour, markersize=4)
    axis.set(xlim=(-3, 103), xlabel="%", ylim=(-0.7, len(table) - 0.3), title=METRICS[metric].heading)
    axis.grid(axis="x", linewidth=0.4, alpha=0.5)
    axis.set_yticks(places, [""] * len(table))


def _slopes(axis: Axes, known: pl.DataFrame, methods: Mapping[str, str], trivial: Sequence[str]) -> None:
    """A line per method over its ranks, named at both ends; equal methods share a rank, and their names stand apart."""
    values = {name: known[name].round(10) * (-1 if METRICS[name].higher_is_better else 1) for name in _FOOLED}
    ranks = [value.rank("average").to_list() for value in values.values()]
    first, last = (values[name].rank("ordinal").to_list() for name in (_FOOLED[0], _FOOLED[-1]))
    for method, *places, left, right in zip(known["method"], *ranks, first, last, strict=True):
        strong = method in trivial
        colour, width = (COLOURS[1], 2.5) if strong else ("#777777", 1)
        axis.plot(range(len(places)), places, "o-", color=colour, linewidth=width, markersize=4, zorder=2 + strong)
        for x, y, align in ((-0.08, left, "right"), (len(places) - 0.92, right, "left")):
            ink = colour if strong else "black"
            axis.text(x, y, methods[method], ha=align, va="center", fontsize=8, color=ink)
    axis.set(xlim=(-1.1, len(_FOOLED) + 0.1), ylim=(max(len(known), 1) + 0.5, 0.5), yticks=[])
    axis.set_xticks(range(len(_FOOLED)), [METRICS[name].heading.replace("Average ", "Average\n") for name in _FOOLED])
    axis.spines[["left", "bottom"]].set_visible(False)
    axis.tick_params(length=0)
