"""Metrics of one image, found by folder: every `<name>.py` here is one. Dropping a file in is all.

A file holds `COLUMN`, which says what tables need to know, `NEEDS`, what a run must have made for it, and
`measure(seen)`, which computes it (pure numpy). A user's own file does the same, and is named by its path.
"""

import functools
import importlib
from collections.abc import Iterable
from pathlib import Path

from .. import own
from ._contract import Column, Explained, Metric
from ._source import Facts, read

__all__ = [
    "ALWAYS",
    "DEFAULT",
    "OF_MOSAICS",
    "Column",
    "Explained",
    "Facts",
    "Metric",
    "facts",
    "in_order",
    "load",
    "names",
]

_FOLDER = Path(__file__).parent
# What figures, samples and verdicts are about: ADCC, its parts, and what a map that hides nothing wins beside them.
ALWAYS = ("adcc", "average_drop", "average_increase", "coherency", "complexity")
# Of a run whose configuration does not choose; those that need curves only where there are curves.
DEFAULT = (*ALWAYS, "average_gain", "deletion", "insertion")
# Has to be chosen, though it needs no more than others that boxes bring along: they are to be cells of mosaics.
OF_MOSAICS = "grid_pointing_game"


def names() -> list[str]:
    """Names of the files, sorted."""
    return sorted(path.stem for path in _FOLDER.glob("*.py") if not path.stem.startswith("_"))


@functools.cache
def facts(name: str) -> Facts:
    """What the file of a metric says of it. **Raises:** `InputError`, one line naming the file, if it is none."""
    return read(own.find(name), name) if own.is_own(name) else read(_FOLDER / f"{name}.py")


def in_order(chosen: Iterable[str]) -> list[str]:
    """Metrics in the order of tables, whatever the order of the names."""
    return sorted(set(chosen), key=lambda name: (facts(name).column.place, facts(name).column.name))


def load(chosen: Iterable[str] | None = None) -> tuple[Metric, ...]:
    """Modules of some metrics, of all files of this folder by default, in the order of tables.

    **Raises:** `InputError`, one line, if a user's own file cannot be imported.
    """
    return tuple(_module(name) for name in in_order(names() if chosen is None else chosen))


def _module(name: str) -> Metric:
    module = own.load(name) if own.is_own(name) else importlib.import_module(f".{name}", __package__)
    return module  # type: ignore[return-value]
