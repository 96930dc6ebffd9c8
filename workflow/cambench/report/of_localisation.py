"""The table of numbers of the whole set about where objects are, as people read it."""

from collections.abc import Mapping

import polars as pl

from ..results.localisation import NUMBERS
from .formats import BEST, PLAIN, View
from .tables import titles_of

_OF_BOXES = (
    " t: the threshold, in percent of each mask's maximum, at which MaxBoxAcc is highest. The best thresholds are"
    " chosen on these images, so the numbers are what maps can reach, and more than a fixed threshold would give; each"
    " resample of the intervals chooses its own."
)


def view(table: pl.DataFrame, networks: Mapping[str, str], methods: Mapping[str, str]) -> View:
    """Every number that is known, the best of a network's methods in bold.

    **Arguments:** `table` as `results.localisation.summarise` makes it; `networks` and `methods` titles by name.
    """
    known = [name for name in NUMBERS if table[name].is_not_null().any()]
    heads = {name: f"{NUMBERS[name].title} ↑" for name in known}
    cells = {heads[name]: _percent(table[name], "{:.2f}") for name in known}
    spread = {heads[name]: _half_widths(table, name) for name in known}
    if "max_box_accuracy" in known:
        cells["t"] = _percent(table["threshold"], "{:.1f}")
    marks = {heads[name]: _marks(table, name) for name in known}
    details = " ".join(f"{NUMBERS[name].title}: {NUMBERS[name].definition} ({NUMBERS[name].source})." for name in known)
    chosen = _OF_BOXES * ("max_box_accuracy" in known)
    said = f"Percent, ± half of the interval; higher is better.{chosen} Best in bold. {_of_images(table)}"
    return View(titles_of(table, networks, methods), cells, said, "localisation", marks, details=details, spread=spread)


def _of_images(table: pl.DataFrame) -> str:
    """How many images there are, and what of their objects the crop leaves out."""
    shares = sorted(table["object_lost"])  # of networks, whose crops may differ
    lost = " to ".join(dict.fromkeys(f"{100 * share:.1f}" for share in (shares[0], shares[-1])))
    return f"{table['images'][0]:,} images, whose crop leaves out {lost} % of the objects."


def _percent(values: pl.Series, form: str) -> list[str]:
    return ["–" if value is None else form.format(100 * value) for value in values]


def _half_widths(table: pl.DataFrame, name: str) -> list[str]:
    half = (table[f"{name}_high"] - table[f"{name}_low"]) / 2
    return ["" if value is None else f"±{100 * value:.2f}" for value in half]


def _marks(table: pl.DataFrame, name: str) -> list[str]:
    """The best of each network, if it is better than another one."""
    place = pl.col(name).round(10).rank("dense", descending=True)
    found = table.select(place.over("network").alias("place"), (place.max() > 1).over("network").alias("differ"))
    return [BEST if differ and number == 1 else PLAIN for number, differ in found.iter_rows()]
