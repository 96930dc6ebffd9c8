"""The summary and the paper's table, made ready to be read."""

import polars as pl

from . import formats
from .definitions import HIGHER_IS_BETTER

PAPER = ("average_drop", "average_increase", "deletion", "insertion", "coherency", "complexity", "adcc")
_COUNTS = ("images", "degenerate", "nonfinite")


def summary(table: pl.DataFrame, models: dict[str, str], methods: dict[str, str], text: str) -> dict[str, str]:
    """Every metric, forward passes and counts, in `md`, `tex` and `html`; the best of a model's methods in bold."""
    metrics = [name for name in HIGHER_IS_BETTER if name in table.columns]
    cells = {formats.heading(name): formats.shown(table[name]) for name in metrics}
    cells["Passes"] = formats.shown(table["passes"], 1, factor=1)
    cells |= {name.capitalize(): formats.shown(table[name], 0, factor=1) for name in _COUNTS}
    return formats.render(titles(table, models, methods), cells, formats.ranked(table, metrics), text, "summary")


def paper(table: pl.DataFrame, models: dict[str, str], methods: dict[str, str], text: str) -> dict[str, str]:
    """The comparison as papers print it: seven metrics, the best in bold, the second underlined."""
    metrics = [name for name in PAPER if name in table.columns]
    cells = {formats.heading(name): formats.shown(table[name]) for name in metrics}
    marks = formats.ranked(table, metrics, second=True)
    return formats.render(titles(table, models, methods), cells, marks, text, "paper")


def titles(table: pl.DataFrame, models: dict[str, str], methods: dict[str, str]) -> list[tuple[str, str]]:
    """Titles of model and method of each row."""
    rows = table.select("model", "method").iter_rows()
    return [(models.get(model, model), methods.get(method, method)) for model, method in rows]
