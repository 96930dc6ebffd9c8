"""A CSV or Parquet list of images, read and never evaluated: a column `path`, and perhaps a column `label`."""

import functools
import io
import os
import subprocess
import sys
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

    **Arguments:** `outside` whether images may lie outside the folder of the list, by their paths or by links.
    **Raises:** `InputError` if the list cannot be read, or a label is no whole number.
    """
    texts = _texts(path)
    labels = texts.get("label", [None] * len(texts["path"]))
    base = os.path.realpath(path.parent)
    return [
        _listed(name, label, path.parent, None if outside else base, number)
        for number, (name, label) in enumerate(zip(texts["path"], labels, strict=True), 1)
    ]


def _texts(path: Path) -> dict[str, list[str | None]]:
    """The columns `path` and `label`, as text."""
    import polars as pl

    try:
        table = _read(path)
        if "path" not in table.columns:
            raise InputError(f"dataset: {path}: no column 'path'; columns are {', '.join(table.columns)}")
        near = [name for name in table.columns if "label" in name.casefold()]
        if near and "label" not in near:
            raise InputError(f"dataset: {path}: no column 'label', but {near[0]!r}, which would not be read; rename it")
        columns = [name for name in ("path", "label") if name in table.columns]
        return {name: table[name].cast(pl.String).to_list() for name in columns}
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


def _listed(path: str | None, label: str | None, folder: Path, base: str | None, number: int) -> Found:
    """A row; it is rejected if its path leads out of the folder `base`, if there is no such file or no path."""
    if not path:
        return Found(f"row {number}", reason="no path")
    item = named(os.fsdecode(path.encode()))  # the list's UTF-8, as this locale spells it
    if item.reason:
        return item
    if label and label.strip():
        item = Found(path, whole_number(label.strip(), path))
    if base is not None and _leads_out(path, folder, base):
        return Found(path, item.label, _OUTSIDE)
    return item if os.path.isfile(located(folder, path)) else Found(path, item.label, "missing")


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
