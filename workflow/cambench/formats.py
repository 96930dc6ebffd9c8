"""The summary as people read it: Markdown, LaTeX and HTML, percentages, best values marked."""

import pandas as pd
import polars as pl
from pandas.io.formats.style import Styler

from .definitions import HIGHER_IS_BETTER
from .tables import COUNTS

_NAMES = {
    "average_drop": "Average Drop",
    "average_increase": "Average Increase",
    "average_gain": "Average Gain",
    "coherency": "Coherency",
    "complexity": "Complexity",
    "adcc": "ADCC",
    "adcc_per_image": "ADCC per image",
}
_CSS = [
    ("", "border-collapse: collapse; font: 14px/1.4 system-ui, sans-serif; font-variant-numeric: tabular-nums"),
    ("caption", "text-align: left; padding: .5em 0; max-width: 70em"),
    ("th, td", "padding: .25em .7em; text-align: right"),
    ("th.row_heading", "text-align: left; font-weight: normal"),
    ("thead tr:last-child th", "border-bottom: 1px solid currentColor"),
]


def caption(summary: pl.DataFrame, models: dict[str, str], facts: dict) -> str:
    """What a reader must know of the numbers, in one paragraph.

    **Arguments:** `facts` with rejected, target, masking, precision, bootstrap.
    """
    parts = []
    for (name,), rows in summary.group_by(["model"], maintain_order=True):
        top1 = rows["top1"][0]
        hits = "" if top1 is None else f", top-1 {100 * top1:.1f} %"
        parts.append(f"{models[str(name)]}: {rows['images'][0]} images{hits}")
    rejected = f"{facts['rejected']} file{'' if facts['rejected'] == 1 else 's'} rejected"
    masking = f"masked in {facts['masking']['space']} space, {facts['masking']['order'].replace('_', ' ')}"
    bootstrap = facts["bootstrap"]
    interval = f"{100 * bootstrap['confidence']:g} % intervals from {bootstrap['resamples']} paired resamples"
    return (
        f"Mean over images, in percent. {'; '.join(parts)}; {rejected}. Class: {facts['target']}; {masking}; "
        f"{facts['precision']}; {interval} of the images are in summary.csv. ADCC is that of the means, as published; "
        "bold is the best of a model's methods."
    )


def render(summary: pl.DataFrame, models: dict[str, str], methods: dict[str, str], text: str) -> dict[str, str]:
    """The table as `md`, `tex` and `html`, with arrows for the direction and `text` as its caption."""
    style = _styler(summary, models, methods).set_caption(text)
    html = style.set_table_styles([{"selector": selector, "props": css} for selector, css in _CSS])
    tex = _escaped(_styler(summary, models, methods)).to_latex(
        hrules=True, convert_css=True, caption=_tex(text), label="tab:cambench", position_float="centering"
    )
    return {"md": _markdown(summary, models, methods, text), "tex": tex, "html": html.to_html(table_uuid="cambench")}


def _table(summary: pl.DataFrame, models: dict[str, str], methods: dict[str, str]) -> pd.DataFrame:
    """Percentages under their headings; models and methods by title."""
    index = pd.MultiIndex.from_arrays(
        [[models[m] for m in summary["model"]], [methods[m] for m in summary["method"]]], names=["Model", "Method"]
    )
    arrows = {name: f"{_NAMES[name]} {'↑' if higher else '↓'}" for name, higher in HIGHER_IS_BETTER.items()}
    columns = {arrow: 100 * summary[name].to_numpy() for name, arrow in arrows.items()}
    counts = {name.capitalize(): summary[name].to_numpy() for name in COUNTS}
    return pd.DataFrame({**columns, **counts}, index=index)


def _best(table: pd.DataFrame) -> pd.DataFrame:
    """Which cells hold the best value of their column among a model's methods."""
    best = pd.DataFrame(False, table.index, table.columns)
    for column in table.columns[: len(HIGHER_IS_BETTER)]:
        groups = table[column].groupby(level=0)
        best[column] = table[column] == groups.transform("max" if column.endswith("↑") else "min")
    return best


def _styler(summary: pl.DataFrame, models: dict[str, str], methods: dict[str, str]) -> Styler:
    table = _table(summary, models, methods)
    bold = _best(table).map(lambda best: "font-weight: bold" if best else "")
    return table.style.apply(lambda _: bold, axis=None).format(precision=2)


def _escaped(style: Styler) -> Styler:
    arrows = {"↑": r"$\uparrow$", "↓": r"$\downarrow$"}
    for axis in ("index", "columns"):
        style = style.format_index(lambda name: "".join(arrows.get(c, _tex(c)) for c in str(name)), axis=axis)
    return style


def _tex(text: str) -> str:
    return "".join({c: f"\\{c}" for c in "&%$#_{}"}.get(c, c) for c in text)


def _markdown(summary: pl.DataFrame, models: dict[str, str], methods: dict[str, str], text: str) -> str:
    table = _table(summary, models, methods)
    best = _best(table)
    cells = table.copy().astype(object)
    for column in table.columns:
        for row in table.index:
            value = table.loc[row, column]
            shown = f"{value:.2f}" if column in table.columns[: len(HIGHER_IS_BETTER)] else f"{value:d}"
            cells.loc[row, column] = f"**{shown}**" if best.loc[row, column] else shown
    aligned = ["left"] * 2 + ["right"] * len(table.columns)
    return cells.reset_index().to_markdown(index=False, colalign=aligned, disable_numparse=True) + f"\n\n{text}\n"
