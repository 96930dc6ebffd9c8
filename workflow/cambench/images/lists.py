"""A CSV or Parquet list of images, read and never evaluated: a column `path`, and perhaps `label` or `labels`."""

import functools
import io
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ..errors import InputError
from .found import Found, located, named, whole_number

if TYPE_CHECKING:  # planning a folder goes without polars
    import polars as pl

_TO_ARROW = """
import io, sys, polars
polars.read_parquet(io.BytesIO(sys.stdin.buffer.read())).write_ipc(sys.stdout.buffer)
"""
_OUTSIDE = "path leads out of the folder of its list (see dataset.outside)"


def find(path: Path, outside: bool = False) -> list[Found]:
    """The images of a list, in its order; an empty label, or no column of labels, says that they are not known.

    A column `labels` may have several: whole numbers with spaces between them, or lists in Parquet.

    **Arguments:** `outside` whether images may lie outside the folder of the list, by their paths or by links.
    **Raises:** `InputError` if the list cannot be read, or a label is no whole number.
    """
    texts = _texts(path)
    base = os.path.realpath(path.parent)
    return [
        _listed(name, words, path.parent, None if outside else base, number)
        for number, (name, words) in enumerate(zip(texts["path"], _words(texts), strict=True), 1)
    ]


def _words(texts: dict[str, list[str | None]]) -> list[list[str]]:
    """Each row's labels, as text."""
    if "labels" in texts:
        return [(text or "").split() for text in texts["labels"]]
    return [[text.strip()] if text and text.strip() else [] for text in texts.get("label", [None] * len(texts["path"]))]


def _texts(path: Path) -> dict[str, list[str | None]]:
    """The columns `path` and `label` or `labels`, as text."""
    import polars as pl

    try:
        table = _read(path)
        if "path" not in table.columns:
            raise InputError(f"dataset: {path}: no column 'path'; columns are {', '.join(table.columns)}")
        near = [name for name in table.columns if "label" in name.casefold()]
        if near and not {"label", "labels"} & set(near):
            raise InputError(f"dataset: {path}: no column 'label', but {near[0]!r}, which would not be read; rename it")
        if {"label", "labels"} <= set(near):
            raise InputError(f"dataset: {path}: both a column 'label' and a column 'labels'; keep one of them")
        columns = [name for name in ("path", "label", "labels") if name in table.columns]
        texts = {name: (_joined if name == "labels" else _text)(table[name]) for name in columns}
        return {name: column.to_list() for name, column in texts.items()}
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise InputError(f"dataset: {path}: not a readable CSV or Parquet file") from error


def _read(path: Path) -> "pl.DataFrame":
    import polars as pl

    data = io.BytesIO(path.read_bytes())  # polars would take a path with brackets for a pattern
    return _parquet(data.read()) if path.suffix == ".parquet" else pl.read_csv(data, infer_schema=False)


def _parquet(data: bytes) -> "pl.DataFrame":
    """A Parquet table, read by another process: damage makes polars panic, with a trace on the screen, or abort."""
    import polars as pl

    environment = {**os.environ, "PYTHONSAFEPATH": "1"}  # a polars.py in the working folder is not polars
    done = subprocess.run([sys.executable, "-c", _TO_ARROW], input=data, env=environment, capture_output=True)
    if done.returncode:
        raise OSError(f"polars ended with {done.returncode}")
    return pl.read_ipc(io.BytesIO(done.stdout))


def _text(column: "pl.Series") -> "pl.Series":
    import polars as pl

    return column.cast(pl.String)


def _joined(column: "pl.Series") -> "pl.Series":
    """A column of several labels as text; the items of a list have spaces between them."""
    import polars as pl

    if not isinstance(column.dtype, pl.List | pl.Array):
        return _text(column)
    items = column.cast(pl.List(pl.String)).list.eval(pl.element().fill_null("null"))
    return items.list.join(" ")


def _listed(path: str | None, words: list[str], folder: Path, base: str | None, number: int) -> Found:
    """A row; it is rejected if its path leads out of the folder `base`, if there is no such file or no path."""
    if not path:
        return Found(f"row {number}", reason="no path")
    item = named(os.fsdecode(path.encode()))  # the list's UTF-8, as this locale spells it
    if item.reason:
        return item
    labels = sorted({whole_number(word, path) for word in words})
    item = Found(path, labels[0] if len(labels) == 1 else -1, several=tuple(labels) if len(labels) > 1 else ())
    if base is not None and _leads_out(path, folder, base):
        return replace(item, reason=_OUTSIDE)
    return item if os.path.isfile(located(folder, path)) else replace(item, reason="missing")


def _leads_out(path: str, folder: Path, base: str) -> bool:
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        return True
    above, name = os.path.split(located(folder, path))
    place = os.path.join(_real(above), name)
    return os.path.commonpath([base, os.path.realpath(place) if os.path.islink(place) else place]) != base


@functools.cache
def _real(folder: str) -> str:
    """A folder without links; most images of a list share a few."""
    return os.path.realpath(folder)
