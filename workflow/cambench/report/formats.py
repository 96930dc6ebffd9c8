"""How a table looks in Markdown, LaTeX and HTML."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd
from pandas.io.formats.style import Styler

from . import escape

# Marks of a cell: the best value of its block, the second best, or neither.
BEST, SECOND, PLAIN = "best", "second", ""
_MARKDOWN = {BEST: "**{}**", SECOND: "<u>{}</u>", PLAIN: "{}"}
_LATEX = {BEST: "textbf: --rwrap", SECOND: "underline: --rwrap", PLAIN: ""}
_HTML = {BEST: "font-weight: bold", SECOND: "text-decoration: underline", PLAIN: ""}
_LAST_LINE, _BOTTOM = re.compile(r"\\cline\{[^}]*\}\s*\\bottomrule"), r"\\bottomrule"
_CSS = [
    ("", "border-collapse: collapse; font: 14px/1.4 system-ui, sans-serif; font-variant-numeric: tabular-nums"),
    ("caption", "text-align: left; padding: .5em 0; max-width: 70em"),
    ("th, td", "padding: .25em .7em; text-align: right"),
    ("th.row_heading, th.index_name", "text-align: left; font-weight: normal; vertical-align: top"),
    ("thead tr:last-child th", "border-bottom: 1px solid currentColor"),
    ("th.level0:not(.col_heading)", "border-top: 1px solid #8888"),
]


@dataclass(frozen=True)
class View:
    """A table ready to be shown.

    - `rows`: titles of each row, one per name in `names`; no two rows have the same. Equal titles at the left are
      shown once.
    - `cells`: text of each row, by heading.
    - `caption`, `label`: the label is LaTeX's, and the id of the HTML element.
    - `marks`: a mark of each row, by heading; none for columns in which nothing is marked.
    """

    rows: Sequence[tuple[str, ...]]
    cells: Mapping[str, Sequence[str]]
    caption: str
    label: str
    marks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    names: tuple[str, ...] = ("Network", "Method")

    @property
    def table(self) -> pd.DataFrame:
        """The cells, indexed by the titles."""
        return pd.DataFrame(self.cells, pd.MultiIndex.from_tuples(self.rows, names=list(self.names)))

    def marked(self, styles: Mapping[str, str]) -> pd.DataFrame:
        """The style of each cell, given that of each mark."""
        plain = [PLAIN] * len(self.rows)
        columns = {name: [styles[mark] for mark in self.marks.get(name, plain)] for name in self.cells}
        return pd.DataFrame(columns, self.table.index)


def render(view: View) -> dict[str, str]:
    """The table in `md`, `tex` and `html`."""
    return {"md": markdown(view), "tex": latex(view), "html": html(view)}


def html(view: View) -> str:
    """An HTML table with its style; all text is escaped."""
    style = _escaped(view.table.style, escape.html).apply(lambda _: view.marked(_HTML), axis=None)
    style = style.set_caption(escape.html(view.caption))
    return style.set_table_styles([{"selector": rule, "props": css} for rule, css in _CSS]).to_html(
        table_uuid=view.label
    )


def latex(view: View) -> str:
    """A LaTeX table; all text is escaped."""
    style = _escaped(view.table.style, escape.latex).apply(lambda _: view.marked(_LATEX), axis=None)
    page = style.to_latex(
        hrules=True,
        clines="skip-last;data",
        column_format="l" * len(view.names) + "r" * len(view.cells),
        caption=escape.latex(view.caption),
        label=f"tab:{view.label}",
        position_float="centering",
    )
    return f"% needs the packages booktabs and multirow\n{_LAST_LINE.sub(_BOTTOM, page)}"


def markdown(view: View) -> str:
    """A Markdown table, and the caption below it; all text is escaped."""
    table, forms = view.table.map(escape.markdown), view.marked(_MARKDOWN)
    shown = pd.DataFrame({name: map(str.format, forms[name], table[name]) for name in table}, table.index)
    titles = shown.index.to_frame(index=False).map(escape.markdown)
    shown = pd.concat([titles, shown.reset_index(drop=True).rename(columns=escape.markdown)], axis=1)
    aligned = ["left"] * len(view.names) + ["right"] * len(view.cells)
    table_text = shown.to_markdown(index=False, colalign=aligned, disable_numparse=True)
    return f"{table_text}\n\n{escape.markdown(view.caption)}\n"


def _escaped(style: Styler, function: Callable[[object], str]) -> Styler:
    """Cells, titles and headings escaped."""
    style = style.format(function)
    for axis in (0, 1):
        style = style.format_index(function, axis=axis)
    return style
