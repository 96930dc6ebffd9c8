"""A comparison as a terminal shows it."""

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..errors import one_line
from ..results.columns import METRICS
from . import comparing, differing
from .comparing import Pair
from .read import Source

_FEW = 3  # names that are listed


def show(
    sources: Sequence[Source], compared: Sequence[Pair], table: pl.DataFrame, console: Console | None = None
) -> None:
    """Print what is the same, what differs and whether it matters, and the differences of means."""
    console = console or Console(soft_wrap=False)
    for other in sources[1:]:
        mine = [pair for pair in compared if pair.second is other]
        console.print(_text(f"\n{sources[0].name}  beside  {other.name}: {len(mine)} compared"), style="bold")
        console.print(_text(f"The same: {', '.join(_same(mine)) or 'nothing'}."))
        rows = _differing(mine)
        console.print(_differences(rows) if rows else _text("Nothing else differs."))
        rows_of_means = table.filter(pl.col("first") == sources[0].name, pl.col("second") == other.name)
        for means in _means(rows_of_means):
            console.print(means)
    for name, left in comparing.alone(sources, compared).items():
        console.print(_text(f"Only in {name}: {'; '.join(left)}."))
    used = [how for how in comparing.HOW if how in set(table["how"])]
    console.print(_text("Differences are second less first, in points, with intervals of the first one's confidence."))
    for how in used:
        console.print(_text(f"  {how}: {comparing.HOW[how]}."))


def _same(pairs: Sequence[Pair]) -> list[str]:
    """Main parts that are the same in every pair."""
    found = [differing.same(*pair.records) for pair in pairs]
    return [title for title in found[0] if all(title in one for one in found)]


def _differing(pairs: Sequence[Pair]) -> list[tuple[str, ...]]:
    """Part, both values, effect and where: once for all pairs that differ alike; what matters most comes first."""
    found: dict[differing.Difference, list[str]] = {}
    for pair in pairs:
        for difference in differing.differences(*pair.records):
            found.setdefault(difference, []).append(pair.name)
    order = list(differing.EFFECTS)
    rows = sorted(found.items(), key=lambda item: order.index(item[0].effect))
    return [(*item[:3], differing.EFFECTS[item.effect], _where(names, len(pairs))) for item, names in rows]


def _where(names: Sequence[str], pairs: int) -> str:
    if len(names) == pairs:
        return "all"
    return ", ".join(names) if len(names) <= _FEW else f"{len(names)} of {pairs}"


def _differences(rows: Sequence[tuple[str, ...]]) -> Table:
    table = _table("What differs")
    for heading in ("part", "first", "second", "matters", "where"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*map(_text, row))
    return table


def _means(rows: pl.DataFrame) -> Iterator[Table]:
    """A table for each network and metric."""
    for (network, metric), part in rows.group_by(["network", "metric"], maintain_order=True):
        name = str(metric)
        table = _table(f"{METRICS[name].title if name in METRICS else name} (%) of {network}")
        table.add_column("method", overflow="fold")
        for heading in ("first", "second", "difference", "interval"):
            table.add_column(heading, justify="right", no_wrap=True)
        table.add_column("how, images", no_wrap=True)
        for row in part.iter_rows(named=True):
            table.add_row(*map(_text, _cells(row)))
        yield table


def _table(title: str) -> Table:
    return Table(title=_text(title), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)


def _cells(row: dict[str, Any]) -> Iterator[str]:
    yield row["method"]
    yield from (_percent(row[name]) for name in ("value_first", "value_second"))
    yield _percent(row["difference"], "+")
    yield "–" if row["low"] is None else f"{_percent(row['low'], '+')} to {_percent(row['high'], '+')}"
    yield f"{row['how']}, {row['images']:,}"


def _percent(value: float | None, sign: str = "") -> str:
    return "–" if value is None else f"{100 * value:{sign}.2f}"


def _text(text: str) -> Text:
    """Text that is no markup, whatever it holds."""
    return Text("\n" * text.startswith("\n") + one_line(text.lstrip("\n")))
