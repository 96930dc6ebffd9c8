"""How a table looks in Markdown, LaTeX and HTML."""

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd
from pandas.io.formats.style import Styler

from . import escape

# Marks of a cell: the best value of its block, the second best, or neither.
BEST, SECOND, PLAIN = "best", "second", ""
_MARKDOWN = {BEST: "**{}**", SECOND: "<u>{}</u>", PLAIN: "{}"}
_LATEX = {BEST: r"\textbf{{{}}}", SECOND: r"\underline{{{}}}", PLAIN: "{}"}
_HTML = {BEST: "font-weight: bold", SECOND: "text-decoration: underline", PLAIN: ""}
_CSS = [
    ("", "border-collapse: collapse; font: 14px/1.4 system-ui, sans-serif; font-variant-numeric: tabular-nums"),
    ("caption", "text-align: left; padding: .5em 0; max-width: 70em"),
    ("th, td", "padding: .25em .7em; text-align: right"),
    ("th.row_heading, th.index_name", "text-align: left; font-weight: normal; vertical-align: top"),
    ("thead tr:last-child th", "border-bottom: 1px solid currentColor"),
    ("th.level0:not(.col_heading)", "border-top: 1px solid #8888"),
]
# As wide as the page of two columns, and made smaller only where it is wider than that.
_PAGE = r"""% needs the packages booktabs and graphicx
{details}\begin{{table*}}
\centering
\setlength{{\belowcaptionskip}}{{4pt}}
\caption{{{caption}}}
\label{{tab:{label}}}
\small
\setlength{{\tabcolsep}}{{3pt}}
\resizebox{{\ifdim\width>\textwidth\textwidth\else\width\fi}}{{!}}{{%
\begin{{tabular}}{{{columns}}}
\toprule
{head} \\
\midrule
{body} \\
\bottomrule
\end{{tabular}}}}
\end{{table*}}
"""


@dataclass(frozen=True)
class View:
    """A table ready to be shown.

    - `rows`: titles of each row, one per name in `names`; no two rows have the same. Equal titles at the left are
      shown once.
    - `cells`: text of each row, by heading.
    - `caption`, `label`: the label is LaTeX's, and the id of the HTML element.
    - `marks`: a mark of each row, by heading; none for columns in which nothing is marked.
    - `details`: the long caption, which stands beside the short one; empty if there is none.
    - `spread`: what stands in small print behind a cell of each row, by heading; none for columns without.
    """

    rows: Sequence[tuple[str, ...]]
    cells: Mapping[str, Sequence[str]]
    caption: str
    label: str
    marks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    names: tuple[str, ...] = ("Network", "Method")
    details: str = ""
    spread: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def table(self) -> pd.DataFrame:
        """The cells, indexed by the titles."""
        return pd.DataFrame(self.cells, self._index)

    @property
    def behind(self) -> pd.DataFrame:
        """What stands behind each cell, indexed by the titles."""
        nothing = [""] * len(self.rows)
        return pd.DataFrame({name: self.spread.get(name, nothing) for name in self.cells}, self._index)

    def marked(self, styles: Mapping[str, str]) -> pd.DataFrame:
        """The style of each cell, given that of each mark."""
        plain = [PLAIN] * len(self.rows)
        columns = {name: [styles[mark] for mark in self.marks.get(name, plain)] for name in self.cells}
        return pd.DataFrame(columns, self._index)

    @property
    def _index(self) -> pd.MultiIndex:
        return pd.MultiIndex.from_tuples(self.rows, names=list(self.names))


def render(view: View) -> dict[str, str]:
    """The table in `md`, `tex` and `html`."""
    return {"md": markdown(view), "tex": latex(view), "html": html(view)}


def html(view: View) -> str:
    """An HTML table with its style; all text is escaped."""
    table = view.table + view.behind.map(lambda text: f" {text}" if text else "")
    style = _escaped(table.style, escape.html).apply(lambda _: view.marked(_HTML), axis=None)
    more = f"<details><summary>Details</summary>{escape.html(view.details)}</details>" if view.details else ""
    style = style.set_caption(escape.html(view.caption) + more)
    return style.set_table_styles([{"selector": rule, "props": css} for rule, css in _CSS]).to_html(
        table_uuid=view.label
    )


def latex(view: View) -> str:
    """A LaTeX table as wide as a page of two columns, with the long caption as a comment; all text is escaped."""
    cells = _finished(view, escape.latex, _LATEX, r"\,{{\scriptsize {}}}")
    heads = [escape.latex(name) for name in [*view.names, *view.cells]]
    lines, above = [], None
    for titles, row in zip(view.rows, cells.itertuples(index=False), strict=True):
        common = _common(titles, above)
        shown = [""] * common + [escape.latex(title) for title in titles[common:]]
        lines.append(_between(common, above) + " & ".join([*shown, *row]))
        above = titles
    details = textwrap.wrap(escape.latex(view.details), 100, break_long_words=False, break_on_hyphens=False)
    return _PAGE.format(
        details="".join(f"% {line}\n" for line in details),
        caption=escape.latex(view.caption),
        label=view.label,
        columns=f"@{{}}{'l' * len(view.names)}{'r' * len(view.cells)}@{{}}",
        head=" & ".join(heads),
        body=" \\\\\n".join(lines),
    )


def markdown(view: View) -> str:
    """A Markdown table, and the captions below it; all text is escaped."""
    shown = _finished(view, escape.markdown, _MARKDOWN, " {}")
    titles = shown.index.to_frame(index=False).map(escape.markdown)
    shown = pd.concat([titles, shown.reset_index(drop=True).rename(columns=escape.markdown)], axis=1)
    aligned = ["left"] * len(view.names) + ["right"] * len(view.cells)
    table_text = shown.to_markdown(index=False, colalign=aligned, disable_numparse=True)
    captions = [escape.markdown(text) for text in (view.caption, view.details) if text]
    return "\n\n".join([table_text, *captions]) + "\n"


def _finished(view: View, escaped: Callable[[str], str], marks: Mapping[str, str], small: str) -> pd.DataFrame:
    """Cells as text of a format: escaped, marked, with what stands behind them."""
    table, forms, behind = view.table.map(escaped), view.marked(marks), view.behind.map(escaped)
    behind = behind.map(lambda text: small.format(text) if text else "")
    marked = {name: map(str.format, forms[name], table[name]) for name in table}
    return pd.DataFrame(marked, table.index) + behind


def _common(titles: tuple[str, ...], above: tuple[str, ...] | None) -> int:
    """How many titles at the left are those of the row above."""
    if above is None:
        return 0
    return next((n for n, (one, other) in enumerate(zip(titles, above, strict=True)) if one != other), len(titles))


def _between(common: int, above: tuple[str, ...] | None) -> str:
    """What parts a row from the one above: a rule between blocks, a space between their parts."""
    if above is None or common == len(above) - 1:
        return ""
    return "\\midrule\n" if common == 0 else "\\addlinespace\n"


def _escaped(style: Styler, function: Callable[[object], str]) -> Styler:
    """Cells, titles and headings escaped."""
    style = style.format(function)
    for axis in (0, 1):
        style = style.format_index(function, axis=axis)
    return style
