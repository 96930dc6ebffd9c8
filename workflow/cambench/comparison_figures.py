"""Figures `pairwise.svg`, differences of ADCC between methods, and `ranks.svg`, how firm the methods' order is."""

import matplotlib
import numpy as np
import polars as pl

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from .formats import heading
from .style import STYLE

_SIGNIFICANT = 0.05


def pairwise(table: pl.DataFrame, models: dict[str, str], methods: dict[str, str]) -> Figure:
    """ADCC of the row's method less that of the column's, in points; a dot where p (Holm) is under 0.05."""
    side = 1.6 + 0.28 * len(methods)
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            1, len(models), figsize=(side * len(models), side), squeeze=False, layout="constrained"
        )
        # A file without a row, that of a single method, is read as text.
        known = table.filter(metric="adcc")["difference"].cast(pl.Float64)
        limit = 100 * max(float(known.abs().max() or 0), 0.01)  # type: ignore[arg-type]
        for axis, model in zip(axes[0], models, strict=True):
            difference, p = _square(table.filter(model=model, metric="adcc"), list(methods))
            image = axis.imshow(100 * difference, cmap="PuOr", vmin=-limit, vmax=limit)
            axis.plot(*np.nonzero(p < _SIGNIFICANT)[::-1], ".", color="black", markersize=4)
            _ticks(axis, list(methods.values()), list(methods.values()))
            axis.set_title(models[model])
        label = f"difference of ADCC, row less column (points)\ndot: p < {_SIGNIFICANT} (Holm)"
        figure.colorbar(image, ax=axes, shrink=0.7, label=label)
    return figure


def ranks(table: pl.DataFrame, kendall: pl.DataFrame, models: dict[str, str], methods: dict[str, str]) -> Figure:
    """Left, each method's rank by metric, with the share of resamples in which it is first; right, Kendall's tau."""
    metrics = table["metric"].unique(maintain_order=True).to_list()
    names, height = [heading(name) for name in metrics], 1.9 + 0.28 * max(len(methods), len(metrics))
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            len(models),
            2,
            figsize=(3.6 + 0.9 * len(metrics), height * len(models)),
            squeeze=False,
            layout="constrained",
        )
        for (left, right), model in zip(axes, models, strict=True):
            part = table.filter(model=model)
            shape = (len(metrics), len(methods))
            rank, first = (part[name].cast(pl.Float64).to_numpy().reshape(shape).T for name in ("rank", "first"))
            left.imshow(rank, cmap="cividis_r", aspect="auto")
            text = np.where(first > 0, np.char.mod("%.0f", 100 * first), "")
            _texts(left, text, dark=rank > np.nanmean(rank))
            _ticks(left, names, list(methods.values()))
            left.set_title(f"{models[model]}: rank (dark is last)\nnumbers: % of resamples in which it is first")
            tau = _tau(kendall.filter(model=model), metrics)
            right.imshow(tau, cmap="PuOr", vmin=-1, vmax=1)
            _texts(right, np.where(np.isfinite(tau), np.char.mod("%.1f", tau), ""), dark=np.abs(tau) > 0.7)
            _ticks(right, names, names)
            right.set_title("Kendall's tau between metrics")
    return figure


def _square(table: pl.DataFrame, methods: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Differences and corrected p of every pair, both ways, (methods, methods)."""
    place = {name: number for number, name in enumerate(methods)}
    difference, p = np.zeros((len(methods),) * 2), np.ones((len(methods),) * 2)
    for row in table.drop_nulls("p_holm").iter_rows(named=True):
        i, j = place[row["method_a"]], place[row["method_b"]]
        difference[i, j], difference[j, i] = row["difference"], -row["difference"]
        p[i, j] = p[j, i] = row["p_holm"]
    return difference, p


def _tau(table: pl.DataFrame, metrics: list[str]) -> np.ndarray:
    place = {name: number for number, name in enumerate(metrics)}
    tau = np.eye(len(metrics))
    for a, b, value in table.select("metric", "other", "tau").iter_rows():
        tau[place[a], place[b]] = tau[place[b], place[a]] = np.nan if value is None else value
    return tau


def _texts(axis: plt.Axes, text: np.ndarray, dark: np.ndarray) -> None:
    for (row, column), cell in np.ndenumerate(text):
        colour = "white" if dark[row, column] else "black"
        axis.text(column, row, cell, ha="center", va="center", fontsize=7, color=colour)


def _ticks(axis: plt.Axes, across: list[str], down: list[str]) -> None:
    axis.set_xticks(range(len(across)), across, rotation=90, fontsize=8)
    axis.set_yticks(range(len(down)), down, fontsize=8)
    axis.tick_params(length=0)
