"""What each table for people shows: the summary, the table as papers print it, the published one, judgements."""

from collections.abc import Mapping, Sequence

import polars as pl

from ..results import verdicts
from ..results.columns import METRICS
from ..results.judging import GROUPS
from .formats import BEST, PLAIN, SECOND, View

# The metrics of papers, with the short titles that two columns have room for.
PAPER = {
    "average_drop": "AD",
    "average_increase": "AI",
    "deletion": "Del.",
    "insertion": "Ins.",
    "coherency": "Coh.",
    "complexity": "Cplx.",
    "adcc": "ADCC",
}
_COUNTS = {
    "images": "Images",
    "degenerate": "Degenerate",
    "nonfinite": "Nonfinite",
    "ill_conditioned": "Ill-conditioned",
}
_UNKNOWN = "–"


def summary(
    table: pl.DataFrame, networks: Mapping[str, str], methods: Mapping[str, str], caption: str, details: str = ""
) -> View:
    """Every metric, forward passes and counts; the best of a network's methods in bold.

    **Arguments:** `table` as `summarise` makes it; `networks` and `methods` titles by name; `details` the long caption.
    """
    metrics = [name for name in METRICS if name in table.columns]
    cells = _percentages(table, metrics)
    cells["Passes"] = _shown(table["passes"], "{:.1f}")
    cells |= {heading: _shown(table[name], "{:.0f}") for name, heading in _COUNTS.items()}
    marks = {METRICS[name].heading: _marks(table, name, PLAIN) for name in metrics}
    said = f"{caption} Best in bold."
    return View(titles_of(table, networks, methods), cells, said, "summary", marks, details=details)


def paper(
    table: pl.DataFrame,
    networks: Mapping[str, str],
    methods: Mapping[str, str],
    caption: str,
    details: str = "",
    confidence: float | None = None,
) -> View:
    """The comparison as papers print it: seven metrics, the best in bold, the second underlined.

    **Arguments:** `confidence` of the intervals, half of whose width stands behind each value; None to leave them out.
    """
    metrics = [name for name in PAPER if name in table.columns]
    heads = {name: f"{PAPER[name]} {METRICS[name].heading[-1]}" for name in metrics}
    marks = {heads[name]: _marks(table, name, SECOND) for name in metrics}
    cells = {heads[name]: _shown(table[name], "{:.2f}", 100) for name in metrics}
    spread = {heads[name]: _half_widths(table, name) for name in metrics} if confidence else {}
    long = [f"{PAPER[name]} {METRICS[name].title}" for name in metrics if PAPER[name] != METRICS[name].title]
    sentences = [
        caption,
        *[f"{', '.join(long)}."] * bool(long),
        *[f"± half of the {100 * (confidence or 0):g} % interval."] * bool(confidence),
        "Best in bold, second underlined.",
    ]
    said, titles = " ".join(sentences), titles_of(table, networks, methods)
    alone = len({network for network, _ in titles}) == 1  # then the caption names it
    rows = [(method,) for _, method in titles] if alone else titles
    names = ("Method",) if alone else ("Network", "Method")
    said = f"{titles[0][0]}. {said}" if alone else said
    return View(rows, cells, said, "paper", marks, names, details, spread)


def layers(
    table: pl.DataFrame, networks: Mapping[str, str], methods: Mapping[str, str], caption: str, details: str = ""
) -> View:
    """Each metric by target layer; the best of a method's layers in bold, where the difference can be seen.

    **Arguments:** `table` as `results.layers.by_layer` makes it; `networks` and `methods` titles by name.
    """
    metrics = [name for name in METRICS if name in table.columns]
    table = table.with_columns(pl.col(metrics).round(4))  # maps that no layer changes differ by rounding
    marks = {METRICS[name].heading: _marks(table, name, PLAIN, "network", "method") for name in metrics}
    rows = [(*names, layer) for names, layer in zip(titles_of(table, networks, methods), table["layer"], strict=True)]
    names = ("Network", "Method", "Layer")
    return View(rows, _percentages(table, metrics), caption, "layers", marks, names, details)


def published(table: pl.DataFrame, networks: Mapping[str, str], caption: str, details: str = "") -> View:
    """The comparison with the published table: in each cell published / ours (difference) and a sign.

    **Arguments:** `table` as `results.published.compare` makes it; `networks` titles by name.
    """
    cells = {
        METRICS[str(metric)].heading: [_beside(row) for row in part.iter_rows(named=True)]
        for (metric,), part in table.group_by(["metric"], maintain_order=True)
    }
    rows = table.unique(["network", "method"], maintain_order=True)
    return View(titles_of(rows, networks, {}), cells, caption, "published", details=details)


def by_criterion(table: pl.DataFrame, networks: Mapping[str, str], methods: Mapping[str, str]) -> View:
    """Mean rank of each method by criterion, with the standard deviation in small print.

    **Arguments:** `table` as `results.judging.ranks_by_criterion` makes it; `networks` and `methods` titles by name.
    """
    table = table.with_columns(pl.col("network").fill_null("All networks"))
    rows = table.select("network", "method").unique(maintain_order=True)
    present = [name for name in GROUPS if (table["criterion"] == name).any()]
    parts = {name: rows.join(table.filter(criterion=name), ["network", "method"], "left") for name in present}
    cells = {name.capitalize(): _shown(part["mean"], "{:.2f}") for name, part in parts.items()}
    spread = {name.capitalize(): _deviations(part["sd"]) for name, part in parts.items()}
    caption = (
        "Mean rank of each method by the metrics of each criterion; 1 is the best. ± standard deviation of the ranks."
        " ADCC is made of metrics that are counted where they belong, so it stands alone, under Several."
        " Overall: mean and standard deviation of the means by criterion, without Several."
    )
    return View(titles_of(rows, networks, methods), cells, caption, "ranks_by_criterion", spread=spread)


def judged(table: pl.DataFrame, networks: Mapping[str, str]) -> View:
    """What speaks for each metric.

    **Arguments:** `table` as `results.judging_metrics.judge` makes it; `networks` titles by name.
    """
    titles = [network for network, _ in titles_of(table.with_columns(method=pl.col("metric")), networks, {})]
    rows = [(network, METRICS[name].heading) for network, name in zip(titles, table["metric"], strict=True)]
    cells = {
        "Criterion": [name.capitalize() for name in table["criterion"]],
        "Krippendorff's alpha": _shown(table["alpha"], "{:.2f}"),
        "Methods": _shown(table["methods"], "{:.0f}"),
        "Spearman, degraded": _shown(table["spearman"], "{:.2f}"),
        "Degraded methods": _shown(table["ladders"], "{:.0f}"),
    }
    caption = (
        "Krippendorff's alpha: how far the images agree on the order of the methods that are no controls (1 fully, 0 as"
        " by chance). Spearman: correlation of how many cells of a method's maps were shuffled with how bad the metric"
        " finds the maps (1: the more, the worse)."
    )
    return View(rows, cells, caption, "judged_metrics", names=("Network", "Metric"))


def titles_of(table: pl.DataFrame, networks: Mapping[str, str], methods: Mapping[str, str]) -> list[tuple[str, str]]:
    """Titles of network and method of each row; names where there are none, or where a title is another's name."""
    names = table["network"].unique().to_list()
    shown = {name: networks.get(name, name) for name in names}
    told = {name: f"{title} ({name})" if title in names and title != name else title for name, title in shown.items()}
    rows = table.select("network", "method").iter_rows()
    return [(told[network], methods.get(method, method)) for network, method in rows]


def _percentages(table: pl.DataFrame, metrics: Sequence[str]) -> dict[str, list[str]]:
    return {METRICS[name].heading: _shown(table[name], "{:.2f}", 100) for name in metrics}


def _half_widths(table: pl.DataFrame, metric: str) -> list[str]:
    """Half of the width of each value's interval, in points; nothing where there is none."""
    half = (table[f"{metric}_high"] - table[f"{metric}_low"]) / 2
    return ["" if value is None else f"±{100 * value:.2f}" for value in half]


def _deviations(values: pl.Series) -> list[str]:
    """Standard deviations as text; nothing where there is none."""
    return ["" if value is None else f"±{value:.2f}" for value in values]


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
