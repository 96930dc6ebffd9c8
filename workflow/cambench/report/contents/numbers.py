"""The run's numbers as the page takes them: tables as columns and rows, fractions, null for what is not known."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import polars as pl

from ...results import localisation
from ...results.columns import METRICS
from .sources import Sources

_COUNTS = ("images", "degenerate", "nonfinite", "ill_conditioned", "passes")
_POINTS = 65  # of a curve that the page draws
# Columns of the tables that the page takes, with the names that it gives them.
_NAMES = {
    "pairwise": {"network": "network", "metric": "metric", "method_a": "a", "method_b": "b"}
    | {name: name for name in ("difference", "low", "high", "p", "p_holm")},
    "ranks": {name: name for name in ("network", "metric", "method", "rank", "low", "high", "first")},
    "kendall": {name: name for name in ("network", "metric", "other", "tau", "low", "high")},
    "ranks_by_criterion": {name: name for name in ("network", "criterion", "method", "mean", "sd", "ranks")},
    "gains": {name: name for name in ("network", "metric", "method", "over_random", "over_edges")},
    "judged_metrics": {
        name: name for name in ("network", "metric", "criterion", "methods", "alpha", "ladders", "spearman")
    },
    "cost": {
        name: name
        for name in ("network", "method", "stage", "images", "jobs", "passes", "seconds", "operations", "share")
    }
    | {"peak_memory": "peak_memory"},
    "published": {
        name: name
        for name in ("network", "method", "source", "metric", "published", "ours", "difference", "low", "high")
    }
    | {name: name for name in ("verdict", "said", "reason")},
    "localisation": {name: name for name in localisation.SCHEMA},
}
Packed = dict[str, list[Any]]  # `columns`, and `rows` of as many values


def tables(sources: Sources) -> dict[str, Packed]:
    """Comparisons, costs and more, as far as the run has them; none is missing, some have no rows."""
    found = {}
    for name, names in _NAMES.items():
        table = sources.tables.get(name)
        found[name] = _packed(table.select(names.keys()).rename(names)) if table is not None else _empty(names.values())
    return found


def summary(sources: Sources) -> list[dict[str, Any]]:
    """One object per network and method: counts, and each metric's mean with its interval."""
    metrics = [name for name in METRICS if name in sources.summary.columns]
    rows = []
    for row in sources.summary.iter_rows(named=True):
        values = {
            name: {"mean": number(row[name]), "low": number(row[f"{name}_low"]), "high": number(row[f"{name}_high"])}
            for name in metrics
        }
        rows.append({**{key: row[key] for key in ("network", "method", *_COUNTS)}, "values": values})
    return rows


def metrics(sources: Sources) -> list[dict[str, Any]]:
    """What the page tells of each metric of the run, in the order of tables."""
    return described(sources.summary.columns)


def described(wanted: Collection[str]) -> list[dict[str, Any]]:
    """What a page tells of some metrics, in the order of tables; other names do no harm."""
    return [
        {
            "name": name,
            "title": column.title,
            "higher": column.higher_is_better,
            "definition": column.definition,
            "source": column.source,
            "version": column.version,
        }
        for name, column in METRICS.items()
        if name in wanted
    ]


def of_the_set(sources: Sources) -> list[dict[str, Any]]:
    """What the page tells of the numbers of the whole set that are known."""
    table = sources.tables.get("localisation")
    known = [] if table is None else [name for name in localisation.NUMBERS if table[name].is_not_null().any()]
    return [{"name": name, **asdict(localisation.NUMBERS[name])} for name in known]


def curves(sources: Sources) -> list[dict[str, Any]]:
    """Mean curves with half the width of their bands, of long ones every so many points."""
    table = sources.tables.get("curves")
    if table is None:
        return []
    found = []
    for (network, method, kind), part in table.group_by(["network", "method", "curve"], maintain_order=True):
        thin = part.gather(thinned(len(part)))
        values = {name: [number(value) for value in thin[name]] for name in ("share", "mean", "band")}
        found.append({"network": network, "method": method, "kind": kind, **values})
    return found


def thinned(count: int, most: int = _POINTS) -> list[int]:
    """At most so many of `count` places, the first and the last among them, evenly spaced.

    >>> thinned(5, 3)
    [0, 2, 4]
    """
    kept = min(count, most)
    return sorted({round(place * (count - 1) / max(1, kept - 1)) for place in range(kept)})


def layers(sources: Sources) -> list[dict[str, str]]:
    """Which networks are target layers of one, in the configuration's order."""
    return [
        {"network": name, "of": of, "title": title, "layer": layer}
        for name, (of, title, layer) in sources.layers.items()
    ]


def number(value: Any) -> Any:
    """A number with six digits, None if it is not finite; anything else as it is.

    >>> number(0.123456789), number(float("nan")), number("a")
    (0.123457, None, 'a')
    """
    if not isinstance(value, float):
        return value
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() else float(f"{value:.6g}")


def _packed(table: pl.DataFrame) -> Packed:
    return {"columns": table.columns, "rows": [[number(value) for value in row] for row in table.iter_rows()]}


def _empty(names: Sequence[str] | Any) -> Packed:
    return {"columns": list(names), "rows": []}


def facts(network: Mapping[str, Any]) -> dict[str, Any]:
    """Facts of a network that people read, without the lists of its layers."""
    return {key: value for key, value in network.items() if key not in ("folds", "pads", "layers", "class_names")}
