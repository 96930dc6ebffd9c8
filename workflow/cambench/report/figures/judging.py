"""Figure `judging.svg`: methods by metrics as a heat map of ranks, with the metrics in groups by criterion."""

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...results.columns import METRICS
from ...results.judging import AGAIN, GROUPS, OVERALL
from .style import STYLE, grid, wrapped

_CELL, _BESIDE, _AROUND = 0.3, 2.2, 2.4  # inches: of a cell, of the titles beside the cells, of those above and below
_GAP = ""  # stands for the column between two groups
_Ranks = Mapping[tuple[str, str], float | None]  # by metric and method


def draw(
    ranks: pl.DataFrame, criteria: pl.DataFrame, networks: Mapping[str, str], methods: Mapping[str, str]
) -> Figure:
    """A panel per network; the best method by the overall rank on all networks stands on top.

    **Arguments:** `ranks` as `compare` makes it; `criteria` as `ranks_by_criterion` makes it; `networks` and `methods`
    titles by name.
    """
    overall = criteria.filter(criterion=OVERALL).cast({"network": pl.String, "mean": pl.Float64})
    columns = _columns(ranks["metric"].unique().to_list(), len(overall) > 0)
    order = _order(overall, list(methods))
    size = _BESIDE + max(3, _CELL * len(columns)), (_AROUND + _CELL * len(order)) * len(networks)
    with matplotlib.rc_context(STYLE):
        figure, axes = grid(len(networks), 1, size)
        for (axis,), (network, title) in zip(axes, networks.items(), strict=True):
            own = ranks.cast({"network": pl.String}).filter(network=network).select("metric", "method", "rank")
            found: _Ranks = {(metric, method): rank for metric, method, rank in own.iter_rows()}
            means = overall.filter(network=network).select("method", "mean").iter_rows()
            _panel(axis, {**found, **{(OVERALL, method): mean for method, mean in means}}, columns, order)
            axis.set_yticks(range(len(order)), [methods[name] for name in order], fontsize=8)
            said = wrapped(f"{title}: ranks (1 is best, dark is last)", STYLE["font.size"], size[0] - _BESIDE)
            axis.set_title(said, loc="left", fontsize=STYLE["font.size"], pad=45)
    return figure


def _columns(metrics: Sequence[str], has_overall: bool) -> list[str]:
    """Metrics by criterion, in the order of tables, with gaps between the groups, and the overall rank at the end."""
    ordered = [name for name in METRICS if name in metrics and name != AGAIN]
    groups = [[name for name in ordered if METRICS[name].criterion == criterion] for criterion in GROUPS]
    groups += [[OVERALL]] * has_overall
    return [name for group in groups if group for name in (_GAP, *group)][1:]


def _order(overall: pl.DataFrame, methods: Sequence[str]) -> list[str]:
    """Methods by their overall rank on all networks, or on the only one; those without it last."""
    across = overall["network"].is_null()
    chosen = overall.filter(across) if across.any() else overall
    means = dict(chosen.select("method", "mean").drop_nulls().iter_rows())
    return sorted(methods, key=lambda name: means.get(name, np.inf))


def _panel(axis: Axes, ranks: _Ranks, columns: Sequence[str], methods: Sequence[str]) -> None:
    """The cells with their numbers, titles of metrics below, and of criteria above."""
    found = [[ranks.get((column, method)) for column in columns] for method in methods]
    cells = np.array(found, float)
    middle = (1 + len(methods)) / 2
    axis.imshow(cells, cmap="cividis_r", aspect="auto", vmin=1, vmax=max(2, len(methods)))
    for (row, column), rank in np.ndenumerate(cells):
        if np.isfinite(rank):
            ink = "white" if rank > middle else "black"
            axis.text(column, row, f"{rank:.3g}", ha="center", va="center", fontsize=6.5, color=ink)
    named = [place for place, column in enumerate(columns) if column != _GAP]
    headings = ["Mean of criteria" if columns[place] == OVERALL else METRICS[columns[place]].heading for place in named]
    axis.set_xticks(named, headings, rotation=90, fontsize=8)
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    for place in (place for place in named if place == 0 or columns[place - 1] == _GAP):
        _criterion(axis, columns, place)


def _criterion(axis: Axes, columns: Sequence[str], first: int) -> None:
    """A line over the columns of a group, and what they are about."""
    last = next((place for place in range(first, len(columns)) if columns[place] == _GAP), len(columns)) - 1
    group = OVERALL if columns[first] == OVERALL else METRICS[columns[first]].criterion
    axis.plot([first - 0.4, last + 0.4], [-0.7, -0.7], color="black", linewidth=1, clip_on=False)
    axis.text(first - 0.3, -0.85, group, rotation=30, rotation_mode="anchor", ha="left", va="bottom", fontsize=8)
