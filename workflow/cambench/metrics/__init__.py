"""Metrics of one image, found by folder: every `<name>.py` here is one. Dropping a file in is all.

A file holds `COLUMN`, which says what tables need to know, and `measure(seen)`, which computes it (pure numpy).
"""

import importlib
from functools import cache
from pathlib import Path

from ._contract import Column, Explained, Metric

__all__ = ["Column", "Explained", "Metric", "load", "names"]


def names() -> list[str]:
    """Names of the files, sorted."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))


@cache
def load() -> tuple[Metric, ...]:
    """Every metric, in the order of tables."""
    found = [importlib.import_module(f".{name}", __package__) for name in names()]
    return tuple(sorted(found, key=lambda metric: (metric.COLUMN.place, metric.COLUMN.name)))  # type: ignore[arg-type]
