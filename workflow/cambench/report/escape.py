"""Text that users wrote, made harmless for where it is shown: one function per medium.

What cannot be printed is shown as an escape, see `errors.one_line`; terminals need no more than that. Figures need
nothing: `figures/style.py` turns off matplotlib's mathtext, and its SVG writer escapes.
"""

import re
from html import escape

import polars as pl

from ..errors import one_line

# What means something to LaTeX, and what its usual fonts lack. Brackets and stars at the start of a row would be taken
# for an argument of the \\ before it.
_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{sign: f"\\{sign}" for sign in "&%$#_{}"},
        **{sign: f"{{{sign}}}" for sign in "[]*`"},
        "|": r"\textbar{}",
        "<": "$<$",
        ">": "$>$",
        "↑": r"$\uparrow$",
        "↓": r"$\downarrow$",
        "−": "$-$",
        "–": "--",
        "±": r"$\pm$",
        "≈": r"$\approx$",
        "≠": r"$\neq$",
    }
)
_MARKDOWN = re.compile(r"[\\`*_{}\[\]<>|~$]|&(?=#?\w)")
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}  # which some readers of Markdown do not let a backslash escape
_FORMULA = re.compile(r"[=+\-@\t\r＝＋－＠]")


def html(text: object) -> str:
    """Text for an HTML element or attribute."""
    return escape(one_line(str(text)))


def latex(text: object) -> str:
    """Text for a LaTeX document, within a table or a caption."""
    return one_line(str(text)).translate(_LATEX)


def markdown(text: str) -> str:
    r"""Text for a Markdown table or paragraph.

    >>> markdown("net_1 | <b>")
    'net\\_1 \\| &lt;b&gt;'
    """
    return _MARKDOWN.sub(lambda found: _ENTITIES.get(found[0], f"\\{found[0]}"), one_line(text))


def csv(table: pl.DataFrame) -> str:
    """A table as CSV: text that a spreadsheet would take for a formula gets an apostrophe in front; numbers do not."""
    texts = [column for column in table.get_columns() if column.dtype == pl.String]
    safe = [pl.Series(column.name, [text and _cell(text) for text in column], pl.String) for column in texts]
    return table.with_columns(safe).write_csv()


def _cell(text: str) -> str:
    return f"'{one_line(text)}" if _FORMULA.match(text) else one_line(text)
