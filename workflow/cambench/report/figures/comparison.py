"""Figures `pairwise.svg`, differences of ADCC between methods, and `ranks.svg`, how stable their order is."""

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...results.columns import METRICS
from .style import STYLE, grid

_SIGNIFICANT = 0.05


def pairwise(table: pl.DataFrame, networks: Mapping[str, str], methods: Mapping[str, str]) -> Figure:
    """ADCC of the row's method less that of the column's, in points; a dot where p (Holm) is under 0.05.

    **Arguments:** `table` as `compare` makes it; `networks` and `methods` titles by name.
    """
    # A file without rows (that of a single method) is read as text.
    table = table.filter(metric="adcc").cast({"difference": pl.Float64, "p_holm": pl.Float64})
    limit = 100 * max(float(table["difference"].abs().max() or 0), 0.01)  # type: ignore[arg-type]
    side, titles = 1.6 + 0.28 * len(methods), list(methods.values())
    with matplotlib.rc_context(STYLE):
        figure, axes = grid(1, len(networks), (side * len(networks), side))
        for axis, (network, title) in zip(axes[0], networks.items(), strict=True):
            difference, p = _square(table.filter(network=network), list(methods))
            image = axis.imshow(100 * difference, cmap="PuOr", vmin=-limit, vmax=limit)
            axis.plot(*np.nonzero(p < _SIGNIFICANT)[::-1], ".", color="black", markersize=4)
            axis.set_title(title)
            _ticks(axis, titles, titles)
        label = f"difference of ADCC, row less column (points)\ndot: p < {_SIGNIFICANT} (Holm)"
        figure.colorbar(image, ax=axes[0], shrink=0.7, label=label)
    return figure


def ranks(
    table: pl.DataFrame, kendall: pl.DataFrame, networks: Mapping[str, str], methods: Mapping[str, str]
) -> Figure:
    """Left, each method's rank by metric, with the share of resamples in which it is first; right, Kendall's tau."""
    metrics = table["metric"].unique(maintain_order=True).to_list()
    height = 1.9 + 0.28 * max(len(methods), len(metrics))
    with matplotlib.rc_context(STYLE):
        figure, axes = grid(len(networks), 2, (3.6 + 0.9 * len(metrics), height * len(networks)))
        for (left, right), (network, title) in zip(axes, networks.items(), strict=True):
            _ranks(left, table.filter(network=network), metrics, methods)
            left.set_title(f"{title}: rank (dark is last)\nnumbers: % of resamples in which it is first")
            _agreement(right, kendall.filter(network=network), metrics)
            right.set_title("Kendall's tau between metrics")
    return figure


def _ranks(axis: Axes, table: pl.DataFrame, metrics: Sequence[str], methods: Mapping[str, str]) -> None:
    shape = (len(metrics), len(methods))
    rank, first = (table[name].cast(pl.Float64).to_numpy().reshape(shape).T for name in ("rank", "first"))
    axis.imshow(rank, cmap="cividis_r", aspect="auto")
    _texts(axis, np.where(first > 0, np.char.mod("%.0f", 100 * first), ""), dark=rank > np.nanmean(rank))
    _ticks(axis, _headings(metrics), list(methods.values()))


def _agreement(axis: Axes, table: pl.DataFrame, metrics: Sequence[str]) -> None:
    tau = np.eye(len(metrics))
    for a, b, value in table.select("metric", "other", "tau").iter_rows():
        i, j = metrics.index(a), metrics.index(b)
        tau[i, j] = tau[j, i] = np.nan if value is None else value
    axis.imshow(tau, cmap="PuOr", vmin=-1, vmax=1)
    _texts(axis, np.where(np.isfinite(tau), np.char.mod("%.1f", tau), ""), dark=np.abs(tau) > 0.7)
    _ticks(axis, _headings(metrics), _headings(metrics))


def _square(table: pl.DataFrame, methods: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Differences and corrected p of every pair, both ways, (methods, methods); NaN where they are not known."""
    difference = np.full((len(methods),) * 2, np.nan)
    np.fill_diagonal(difference, 0)
    p = np.full_like(difference, np.nan)
    for row in table.drop_nulls("p_holm").iter_rows(named=True):
        i, j = methods.index(row["method_a"]), methods.index(row["method_b"])
        difference[i, j], difference[j, i] = row["difference"], -row["difference"]
        p[i, j] = p[j, i] = row["p_holm"]
    return difference, p


def _headings(metrics: Sequence[str]) -> list[str]:
    return [METRICS[name].heading for name in metrics]


def _texts(axis: Axes, text: np.ndarray, dark: np.ndarray) -> None:
    for (row, column), cell in np.ndenumerate(text):
        colour = "white" if dark[row, column] else "black"
        axis.text(column, row, cell, ha="center", va="center", fontsize=7, color=colour)


def _ticks(axis: Axes, across: Sequence[str], down: Sequence[str]) -> None:
    axis.set_xticks(range(len(across)), across, rotation=90, fontsize=8)
    axis.set_yticks(range(len(down)), down, fontsize=8)
    axis.tick_params(length=0)
