"""What each table for people shows: the summary, the table as papers print it, the published one, the costs."""

from collections.abc import Mapping, Sequence

import polars as pl

from ..results import verdicts
from ..results.columns import METRICS
from .formats import BEST, PLAIN, SECOND, View

PAPER = ("average_drop", "average_increase", "deletion", "insertion", "coherency", "complexity", "adcc")
_COUNTS = {
    "images": "Images",
    "degenerate": "Degenerate",
    "nonfinite": "Nonfinite",
    "ill_conditioned": "Ill-conditioned",
}
_UNKNOWN, _SHARED = "–", "shared"
# Columns of the cost table: heading, format, factor.
_COST = {
    "images": ("Images", "{:,.0f}", 1),
    "jobs": ("Jobs", "{:,.0f}", 1),
    "passes": ("Passes per image", "{:,.1f}", 1),
    "seconds": ("Seconds per image", "{:.3g}", 1),
    "operations": ("GFLOP per image", "{:,.2f}", 1e-9),
    "share": ("Share of the machine's limit (%)", "{:.1f}", 100),
    "peak_memory": ("Peak memory of a job (MB)", "{:,.0f}", 1),
}


def summary(table: pl.DataFrame, networks: Mapping[str, str], methods: Mapping[str, str], caption: str) -> View:
    """Every metric, forward passes and counts; the best of a network's methods in bold.

    **Arguments:** `table` as `summarise` makes it; `networks` and `methods` titles by name.
    """
    metrics = [name for name in METRICS if name in table.columns]
    cells = _percentages(table, metrics)
    cells["Passes"] = _shown(table["passes"], "{:.1f}")
    cells |= {heading: _shown(table[name], "{:.0f}") for name, heading in _COUNTS.items()}
    marks = {METRICS[name].heading: _marks(table, name, PLAIN) for name in metrics}
    return View(_titles(table, networks, methods), cells, caption, "summary", marks)


def paper(table: pl.DataFrame, networks: Mapping[str, str], methods: Mapping[str, str], caption: str) -> View:
    """The comparison as papers print it: seven metrics, the best in bold, the second underlined."""
    metrics = [name for name in PAPER if name in table.columns]
    marks = {METRICS[name].heading: _marks(table, name, SECOND) for name in metrics}
    return View(_titles(table, networks, methods), _percentages(table, metrics), caption, "paper", marks)


def layers(table: pl.DataFrame, networks: Mapping[str, str], methods: Mapping[str, str], caption: str) -> View:
    """Each metric by target layer; the best of a method's layers in bold, where the difference can be seen.

    **Arguments:** `table` as `results.layers.by_layer` makes it; `networks` and `methods` titles by name.
    """
    metrics = [name for name in METRICS if name in table.columns]
    table = table.with_columns(pl.col(metrics).round(4))  # maps that no layer changes differ by rounding
    marks = {METRICS[name].heading: _marks(table, name, PLAIN, "network", "method") for name in metrics}
    rows = [(*names, layer) for names, layer in zip(_titles(table, networks, methods), table["layer"], strict=True)]
    return View(rows, _percentages(table, metrics), caption, "layers", marks, names=("Network", "Method", "Layer"))


def published(table: pl.DataFrame, networks: Mapping[str, str], caption: str) -> View:
    """The comparison with the published table: in each cell published / ours (difference) and a sign.

    **Arguments:** `table` as `results.published.compare` makes it; `networks` titles by name.
    """
    cells = {
        METRICS[str(metric)].heading: [_beside(row) for row in part.iter_rows(named=True)]
        for (metric,), part in table.group_by(["metric"], maintain_order=True)
    }
    rows = table.unique(["network", "method"], maintain_order=True)
    return View(_titles(rows, networks, {}), cells, caption, "published")


def cost(table: pl.DataFrame, networks: Mapping[str, str], methods: Mapping[str, str]) -> View:
    """What each stage of each method cost, and those that serve all of a network's, as `results.cost` measured it."""
    named = [(network, method or _SHARED) for network, method in _titles(table, networks, methods)]
    titles = zip(named, table["stage"], strict=True)
    cells = {heading: _shown(table[name], form, factor) for name, (heading, form, factor) in _COST.items()}
    caption = (
        "Stages that run the network; shared: once for all methods. Passes are those that a result rests on; operations"
        " leave out those that another stage made. Seconds include the start of the jobs; – not measured. The share is"
        " that of the operations which the machine could have done in the time; the rest went into start-up, reading"
        " and memory."
    )
    rows = [(*names, stage) for names, stage in titles]
    return View(rows, cells, caption, "cost", names=("Network", "Method", "Stage"))


def _titles(table: pl.DataFrame, networks: Mapping[str, str], methods: Mapping[str, str]) -> list[tuple[str, str]]:
    """Titles of network and method of each row; names where there are none, or where a title is another's name."""
    names = table["network"].unique().to_list()
    shown = {name: networks.get(name, name) for name in names}
    told = {name: f"{title} ({name})" if title in names and title != name else title for name, title in shown.items()}
    rows = table.select("network", "method").iter_rows()
    return [(told[network], methods.get(method, method)) for network, method in rows]


def _percentages(table: pl.DataFrame, metrics: Sequence[str]) -> dict[str, list[str]]:
    return {METRICS[name].heading: _shown(table[name], "{:.2f}", 100) for name in metrics}


def _shown(values: pl.Series, form: str, factor: float = 1) -> list[str]:
    """Numbers as text; a dash for what is not known."""
    return [_UNKNOWN if value is None else form.format(factor * value) for value in values]


def _marks(table: pl.DataFrame, metric: str, second: str, *among: str) -> list[str]:
    """Which values are the best among the methods of their network, and which the second best.

    `among` names other columns than `network` that rows are alike in.

    The best has to be better than some other: where all are equal, or there is one alone, nothing is marked.
    """
    place = pl.col(metric).round(10).rank("dense", descending=METRICS[metric].higher_is_better)
    alike = among or ("network",)
    places = table.select(place.over(alike).alias("place"), (place.max() > 1).over(alike).alias("differ"))
    return [{1: BEST, 2: second}.get(number, PLAIN) if differ else PLAIN for number, differ in places.iter_rows()]


def _beside(row: dict) -> str:
    """Published value, ours, their difference, and the sign of the verdict if there is one."""
    theirs, ours = (_UNKNOWN if row[name] is None else f"{row[name]:.2f}" for name in ("published", "ours"))
    if row["difference"] is None:
        return f"{theirs} / {ours}"
    difference = f"{row['difference']:+.2f}".replace("-", "−")
    return f"{theirs} / {ours} ({difference}) {_sign(row)}".rstrip()


def _sign(row: dict) -> str:
    """Sign of a verdict, with the distance or the images that it is about; nothing if there is no verdict."""
    if row["verdict"] == "differs":
        return f"≠ {verdicts.between(row)}"
    if row["verdict"] == "not decided":
        return f"? {row['more_images']:,} more" if row["more_images"] else "?"
    return "=" * (row["verdict"] == "consistent")
