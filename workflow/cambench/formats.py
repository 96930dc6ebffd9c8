"""A table as people read it, in Markdown, LaTeX and HTML: headings with arrows, best and second values marked."""

import re
from collections.abc import Iterable, Sequence

import pandas as pd
import polars as pl

from .definitions import HIGHER_IS_BETTER

_NAMES = {"adcc": "ADCC", "adcc_per_image": "ADCC per image"}
BOLD, UNDERLINED = "font-weight: bold", "text-decoration: underline"
_MARKDOWN = {BOLD: "**{}**", UNDERLINED: "<u>{}</u>", "": "{}"}
_LATEX = {BOLD: r"\textbf{{{}}}", UNDERLINED: r"\underline{{{}}}", "": "{}"}
_LAST_LINE, _BOTTOM = re.compile(r"\\cline\{[^}]*\}\s*\\bottomrule"), r"\\bottomrule"
_SPECIAL = {
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "−": "$-$",
    "–": "--",
    "±": r"$\pm$",
    "≈": r"$\approx$",
    "≠": r"$\neq$",
}
_SPECIAL |= {character: f"\\{character}" for character in "&%$#_{}"}
_CSS = [
    ("", "border-collapse: collapse; font: 14px/1.4 system-ui, sans-serif; font-variant-numeric: tabular-nums"),
    ("caption", "text-align: left; padding: .5em 0; max-width: 70em"),
    ("th, td", "padding: .25em .7em; text-align: right"),
    ("th.row_heading", "text-align: left; font-weight: normal; vertical-align: top"),
    ("thead tr:last-child th", "border-bottom: 1px solid currentColor"),
    ("th.level0:not(.col_heading)", "border-top: 1px solid #8888"),
]


def heading(metric: str) -> str:
    """A metric's name with the arrow of the better direction."""
    name = _NAMES.get(metric, metric.replace("_", " ").title())
    return f"{name} {'↑' if HIGHER_IS_BETTER[metric] else '↓'}"


def shown(values: pl.Series, decimals: int = 2, factor: float = 100) -> list[str]:
    """Numbers as text, percentages by default; a dash for what is not known."""
    return ["–" if value is None else f"{factor * value:.{decimals}f}" for value in values]


def ranked(table: pl.DataFrame, metrics: Iterable[str], second: bool = False) -> pd.DataFrame:
    """How each value stands among the methods of its model: bold for the best, and underlined for the second."""
    marks = {}
    for metric in metrics:
        place = pl.col(metric).round(10).rank("dense", descending=HIGHER_IS_BETTER[metric]).over("model")
        style = {1: BOLD, 2: UNDERLINED if second else ""}
        marks[heading(metric)] = [style.get(number, "") for number in table.select(place).to_series()]
    return pd.DataFrame(marks)


def no_marks(rows: int) -> pd.DataFrame:
    """No cell marked."""
    return pd.DataFrame(index=range(rows))


def render(
    rows: Sequence[tuple[str, str]], cells: dict[str, list[str]], marks: pd.DataFrame, text: str, label: str
) -> dict[str, str]:
    """A table in `md`, `tex` and `html`, a block for each model.

    **Arguments:** `rows` titles of model and method; `cells` text by column; `marks` a style for each cell of some of
    the columns; `text` the caption; `label` of LaTeX and of the HTML element.
    """
    index = pd.MultiIndex.from_tuples(rows, names=["Model", "Method"])
    table = pd.DataFrame(cells, index=index)
    marks = marks.reindex(columns=table.columns, fill_value="").set_axis(index)
    return {
        "md": _markdown(table, marks, text),
        "tex": _latex(table, marks, text, label),
        "html": _html(table, marks, text, label),
    }


def _html(table: pd.DataFrame, marks: pd.DataFrame, text: str, label: str) -> str:
    style = table.reset_index(names=["Model", "Method"]).set_index(["Model", "Method"]).style
    style = style.apply(lambda _: marks.to_numpy(), axis=None).set_caption(text)
    return style.set_table_styles([{"selector": rule, "props": css} for rule, css in _CSS]).to_html(table_uuid=label)


def _latex(table: pd.DataFrame, marks: pd.DataFrame, text: str, label: str) -> str:
    cells = [[_LATEX[mark].format(tex(cell)) for cell, mark in zip(*row, strict=True)] for row in _pairs(table, marks)]
    index = pd.MultiIndex.from_tuples([tuple(map(tex, row)) for row in table.index], names=table.index.names)
    columns = [tex(name) for name in table.columns]
    page = pd.DataFrame(cells, index, columns).style.to_latex(
        hrules=True,
        clines="skip-last;data",
        column_format="ll" + "r" * len(columns),
        caption=tex(text),
        label=f"tab:{label}",
        position_float="centering",
    )
    return f"% needs the packages booktabs and multirow\n{_LAST_LINE.sub(_BOTTOM, page)}"


def _markdown(table: pd.DataFrame, marks: pd.DataFrame, text: str) -> str:
    cells = [[_MARKDOWN[mark].format(cell) for cell, mark in zip(*row, strict=True)] for row in _pairs(table, marks)]
    aligned = ["left"] * 2 + ["right"] * len(table.columns)
    full = pd.DataFrame(cells, table.index, table.columns).reset_index()
    return full.to_markdown(index=False, colalign=aligned, disable_numparse=True) + f"\n\n{text}\n"


def _pairs(table: pd.DataFrame, marks: pd.DataFrame) -> Iterable[tuple]:
    return zip(table.to_numpy(), marks.to_numpy(), strict=True)


def tex(text: str) -> str:
    """Text with LaTeX's special characters escaped."""
    return "".join(_SPECIAL.get(character, character) for character in text)
