"""The summary as tables of text."""

import io
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..errors import InputError, one_line, suggestion
from ..results.columns import METRICS
from ..results.groups import letters
from ..results.standing import Standing, standings

WIDTH = 120  # columns, where there is no terminal
_CELL = 15  # columns of a metric
# In this order, as far as there is room; the others follow.
_SHORT = {
    "adcc": "ADCC",
    "average_drop": "Drop",
    "coherency": "Coher",
    "complexity": "Compl",
    "average_increase": "Incr",
    "deletion": "Del",
    "insertion": "Ins",
    "average_gain": "Gain",
}


@dataclass(frozen=True)
class Summary:
    """What is shown: `table` as `summarise` makes it, `pairwise` as `compare` does, if at hand, and how to show it.

    `titles` has those of `networks` and `methods`, by name; names stand for those that it lacks.
    """

    table: pl.DataFrame
    pairwise: pl.DataFrame | None = None
    titles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    confidence: float = 0.95

    @property
    def metrics(self) -> list[str]:
        """The metrics that it has, the most wanted first."""
        known = [name for name in (*_SHORT, *METRICS) if name in self.table.columns and name in METRICS]
        return list(dict.fromkeys(known))

    def title(self, kind: str, name: str) -> str:
        """Title of one of the `networks` or `methods`."""
        return one_line(self.titles.get(kind, {}).get(name, name))

    def of(self, network: str) -> "Summary":
        """What belongs to one network."""
        pairwise = None if self.pairwise is None else self.pairwise.filter(network=network)
        return Summary(self.table.filter(network=network), pairwise, self.titles, self.confidence)

    def standing(self, metric: str) -> Standing | None:
        """What the tests say of the methods of one network; None if they are not at hand."""
        if self.pairwise is None:
            return None
        numbers = pl.col("difference", "p_holm").cast(pl.Float64)  # text in a CSV file without rows
        pairwise = self.pairwise.with_columns(numbers)
        return standings(self.table, pairwise, (), metric, self.confidence)[0]


def text(summary: Summary, width: int | None = None, colour: bool = False) -> str:
    """A table for each network, in percent: as many metrics as have room in `width` columns, the best marked."""
    each = [summary.of(network) for network in summary.table["network"].unique(maintain_order=True)]
    wide = width or WIDTH
    names = max(len(summary.title("methods", name)) for name in summary.table["method"])
    shown = summary.metrics[: max(1, (wide - min(names, 30)) // _CELL)]
    parts = [_rendered(one, _table(one, shown), wide, colour) for one in each]
    return "\n\n".join([*parts, _legend(summary, shown)])


def of_metric(summary: Summary, metric: str, colour: bool = False) -> str:
    """A table for each network with one metric: value, interval, and letters of groups that no test tells apart.

    **Raises:** `InputError` if there is no such metric.
    """
    if metric not in summary.metrics:
        known = summary.metrics
        raise InputError(f"no metric {metric!r}{suggestion(metric, known)}; there are {', '.join(known)}")
    each = [summary.of(network) for network in summary.table["network"].unique(maintain_order=True)]
    parts = [_rendered(one, _single(one, metric), WIDTH, colour) for one in each]
    column, level = METRICS[metric], f"{100 * summary.confidence:g} %"
    about = [f"{column.heading}, percent: {column.definition}."] if column.definition else []
    groups = f" Between methods that share a letter no real difference was found at {level} (Holm)."
    intervals = f"Intervals: {level}.{groups if summary.pairwise is not None else ''}"
    return "\n\n".join([*parts, "\n".join([*about, intervals])])


def _rendered(summary: Summary, table: Table, width: int, colour: bool) -> str:
    """A table below a line that says what it is about, which may be wider."""
    page = io.StringIO()
    console = Console(file=page, width=width, force_terminal=colour, no_color=not colour, legacy_windows=False)
    console.print(Text(_title(summary)))
    console.print(table)
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines())


def _title(summary: Summary) -> str:
    """Of a table of one network: what it is about."""
    row = summary.table.row(0, named=True)
    top1 = "" if row["top1"] is None else f", top-1 {100 * row['top1']:.1f} %"
    images = f"{row['images']:,} image{'s' * (row['images'] != 1)}"
    return f"{summary.title('networks', row['network'])}: {images}{top1}"


def _framed(headings: Sequence[str]) -> Table:
    """An empty table."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=True)
    table.add_column("Method", max_width=30, overflow="fold")
    for heading in headings:
        table.add_column(Text(heading), justify="right", no_wrap=True, vertical="bottom")
    return table


def _table(summary: Summary, metrics: Sequence[str]) -> Table:
    table = _framed([_heading(name) for name in metrics])
    columns = [_cells(summary, name) for name in metrics]
    for number, method in enumerate(summary.table["method"]):
        table.add_row(Text(summary.title("methods", method)), *(cells[number] for cells in columns))
    return table


def _heading(metric: str) -> str:
    """A short title with the arrow of the better direction, or the whole one in lines."""
    column = METRICS[metric]
    short = column.heading.replace(column.title, _SHORT.get(metric, column.title))
    return "\n".join(textwrap.wrap(short, _CELL - 1))


def _cells(summary: Summary, metric: str) -> list[Text]:
    """Value, half of the interval's width and mark, of each method."""
    marks = _marks(summary, metric)
    ends = summary.table.select("method", metric, f"{metric}_low", f"{metric}_high").iter_rows()
    return [_cell(value, low, high, marks.get(method, " ")) for method, value, low, high in ends]


def _cell(value: float | None, low: float | None, high: float | None, mark: str) -> Text:
    if value is None:
        return Text("–  ")
    cell = Text(f"{100 * value:.2f}", style="bold" if mark == "*" else "")
    if low is not None and high is not None:
        cell.append(f" ±{50 * (high - low):.1f}", style="not bold dim")
    return cell.append(f" {mark}")


def _marks(summary: Summary, metric: str) -> dict[str, str]:
    """`*` of the best methods, unless all are equal, and `≈` of those that are not really behind, by name."""
    values = {
        name: round(value, 10)
        for name, value in summary.table.select("method", metric).iter_rows()
        if value == value and value is not None
    }
    if len(set(values.values())) < 2:
        return {}
    best = (max if METRICS[metric].higher_is_better else min)(values.values())
    standing = summary.standing(metric)
    level = standing.level if standing and standing.tested else ()
    return {name: "*" if value == best else "≈" for name, value in values.items() if value == best or name in level}


def _single(summary: Summary, metric: str) -> Table:
    table = _framed([METRICS[metric].heading, f"{100 * summary.confidence:g} % interval", "Group"])
    standing, marks = summary.standing(metric), _marks(summary, metric)
    groups = letters(standing.ranked, _differing(summary, metric)) if standing and standing.tested else {}
    rows = {row["method"]: row for row in summary.table.iter_rows(named=True)}
    for name in [*standing.ranked, *standing.unknown] if standing else rows:
        value, low, high = (rows[name][f"{metric}{end}"] for end in ("", "_low", "_high"))
        ends = "–" if low is None or high is None else f"{100 * low:.2f} – {100 * high:.2f}"
        style = "bold" if marks.get(name) == "*" else ""
        shown = Text("–" if value is None else f"{100 * value:.2f}", style=style)
        table.add_row(Text(summary.title("methods", name)), shown, ends, groups.get(name, ""))
    return table


def _differing(summary: Summary, metric: str) -> list[tuple[str, str]]:
    """Pairs of methods whose difference is real."""
    assert summary.pairwise is not None
    real = summary.pairwise.filter(metric=metric).filter(pl.col("p_holm") < 1 - summary.confidence)
    return list(real.select("method_a", "method_b").iter_rows())


def _legend(summary: Summary, shown: Sequence[str]) -> str:
    level = f"{100 * summary.confidence:g} %"
    lines = [f"Percent, ± half of the {level} interval; ↑ higher is better, ↓ lower is better."]
    lines += ["* best; ≈ not really behind the best (Holm)." if summary.pairwise is not None else "* best."]
    rest = [name for name in summary.metrics if name not in shown]
    return "\n".join([*lines, *[f"Not shown: {', '.join(rest)}."] * bool(rest)])
