"""The lists of a run's images as Snakemake has made them: manifest, rejected files, and the manifest of a pilot."""

import functools
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from ..errors import InputError, refuse
from ..store import tables

Rows = list[int]  # the first and the one after the last


class Lists:
    """Rows of the manifest; those of a pilot are known from its own manifest, which is made before the other.

    **Arguments:** `results` the run's folder; `manifest` gives Snakemake's files manifest and rejected, once they are
    made; `pilot` the pilot's manifest, likewise; `first` the number of rows of the pilot, 0 if there is none.
    """

    def __init__(self, results: str, manifest: Callable[[], Any], pilot: Callable[[], Any], first: int) -> None:
        self._at, self._made, self._pilot, self.first = results, manifest, pilot, first

    def images(self) -> int:
        """Number of images."""
        return len(read(self._made().manifest, ("label", "sha256")))

    def within_pilot(self, rows: Rows) -> bool:
        """Whether the pilot's manifest has these rows; then it is asked, before the other is made and afterwards."""
        return rows[1] <= self.first

    def known(self, rows: Rows) -> Rows:
        """These rows as far as there are images; not before there is a list that has them."""
        if self.within_pilot(rows):
            return [rows[0], rows[0] + len(self.rows(rows, "sha256"))]
        return [rows[0], min(rows[1], self.images())]

    def path(self, rows: Rows) -> str:
        """The manifest that has these rows."""
        return f"{self._at}/{'pilot/' * self.within_pilot(rows)}manifest.parquet"

    def rows(self, rows: Rows, *columns: str) -> pl.DataFrame:
        """Columns of some rows."""
        file = self._pilot() if self.within_pilot(rows) else self._made().manifest
        return read(file, columns)[slice(*rows)]

    def every(self, *columns: str) -> pl.DataFrame:
        """Columns of all rows."""
        return read(self._made().manifest, columns)

    def rejected(self) -> pl.DataFrame:
        """The files that are no images, and why."""
        return read(self._made().rejected, None)

    def folder(self) -> Path:
        """Where the run's files really lie, behind a module's prefix; known once the first list is made."""
        return Path(self._pilot()).parents[1] if self.first else Path(self._made().manifest).parent


def digest(table: pl.DataFrame) -> str:
    """Digest of a table's values: 16 hexadecimal digits."""
    return hashlib.sha256(table.write_csv().encode()).hexdigest()[:16]


def read(file: Any, columns: tuple[str, ...] | None) -> pl.DataFrame:
    """A table that Snakemake made; it may have to be fetched from a storage first."""
    return _read(file, columns, changed(file))


def changed(file: Any) -> int:
    """When a file was changed, in nanoseconds; 0 if it has to be fetched."""
    return os.stat(file).st_mtime_ns if os.path.exists(file) else 0


@functools.cache
def _read(file: Any, columns: tuple[str, ...] | None, changed: int) -> pl.DataFrame:
    try:
        return tables.read(file, list(columns) if columns else None)
    except InputError as error:
        refuse([str(error)])
        raise
