"""Parquet tables that bear a digest of themselves, which is checked whenever they are read.

The digest is the SHA-256 of the file's bytes, in which its own 64 digits count as zeros. It stands in the key-value
metadata of the Parquet footer, so any reader of Parquet reads the file.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

from ..errors import InputError
from . import written
from .files import damaged, replacing

_DIGEST, _SETTINGS = "cambench_sha256", "cambench_settings"
_BLANK = "0" * 64
# Thrift puts two bytes between the strings of a pair: the second one's type, and its length.
_PLACE = re.compile(_DIGEST.encode() + rb"..([0-9a-f]{64})", re.DOTALL)
_END = 8  # bytes behind the footer: its length, and the magic word
_PART = 1 << 20


def write(
    path: str | Path, table: pl.DataFrame | pl.LazyFrame, settings: str = "", notes: Mapping[str, str] | None = None
) -> None:
    """Write a table, whole or not at all; equal tables give equal bytes, and a lazy one is written part by part.

    **Arguments:** `settings` digest of what the table was made with; `notes` more of the file's metadata.
    **Raises:** `InputError` if it can't be written.
    """
    marks = {_DIGEST: _BLANK, _SETTINGS: settings, **(notes or {})}
    with replacing(path) as temporary:
        with _telling(path):
            if isinstance(table, pl.LazyFrame):
                table.sink_parquet(temporary, metadata=marks)
            else:
                table.write_parquet(temporary, metadata=marks)
        with temporary.open("r+b") as file:
            place = _place(file)
            digest = _digest(file, place)
            file.seek(place)
            file.write(digest.encode())


def read(path: Any, columns: list[str] | None = None, settings: str | None = None) -> pl.DataFrame:
    """A table, or some of its columns; `path` may also be a file of Snakemake's, which lies in a storage.

    **Arguments:** `settings` digest of what the table has to be made with, if that matters.
    **Raises:** `InputError` for a table that is damaged or made with other settings; `FileNotFoundError`.
    """
    with getattr(path, "open", Path(path).open)("rb") as file:
        _check(file, path, settings)
        file.seek(0)
        try:
            return pl.read_parquet(file, columns=columns)
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            raise damaged(path) from error


def read_csv(path: str | Path, results: Path) -> pl.DataFrame:
    """A table for people that a job reads again; it bears no digest, but its job's log in the run's folder does.

    **Raises:** `InputError` for a table that is damaged, or not what its job wrote.
    """
    written.refuse_other(results, path)
    try:
        return pl.read_csv(path, infer_schema_length=None)
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise damaged(path) from error


def scan(path: str | Path, settings: str | None = None) -> pl.LazyFrame:
    """A table that is read part by part, after a check of all of it. **Raises:** as `read`."""
    check(path, settings)
    return pl.scan_parquet(path)


def settings(path: str | Path) -> str | None:
    """Digest of the settings that a table was made with, if it says so."""
    return pl.read_parquet_metadata(path).get(_SETTINGS)


def note(path: str | Path, name: str) -> str | None:
    """A note that a table was written with, if it has it."""
    return pl.read_parquet_metadata(path).get(name)


def check(path: str | Path, settings: str | None = None) -> None:
    """Look at a table's digest and settings. **Raises:** as `read`."""
    with Path(path).open("rb") as file:
        _check(file, path, settings)


@contextmanager
def _telling(path: str | Path) -> Iterator[None]:
    """Name the file in errors of writing, which polars words in a way of its own."""
    try:
        yield
    except pl.exceptions.ComputeError as error:
        found = re.search(r"([^:]+) \(os error \d+\)", str(error))
        if found is None:
            raise
        raise InputError(f"{path}: cannot be written:{found[1]}") from error


def _check(file: BinaryIO, path: Any, settings: str | None) -> None:
    try:
        place = _place(file)
        file.seek(place)
        whole = file.read(64).decode() == _digest(file, place)
    except (ValueError, OSError) as error:
        raise damaged(path) from error
    if not whole:
        raise damaged(path)
    file.seek(0)
    if settings is not None and pl.read_parquet_metadata(file).get(_SETTINGS) != settings:
        raise InputError(f"{path}: made with other settings; mend: rm {path}, then run again")


def _place(file: BinaryIO) -> int:
    """Where the digest's digits begin. **Raises:** `ValueError` if there are none; `OSError` for no such place."""
    end = file.seek(0, 2) - _END
    file.seek(end)
    footer = end - int.from_bytes(file.read(4), "little")
    file.seek(footer)
    found = _PLACE.search(file.read(end - footer))
    if found is None:
        raise ValueError("no digest")
    return footer + found.start(1)


def _digest(file: BinaryIO, place: int) -> str:
    """SHA-256 of the bytes, with zeros for the digest's own digits."""
    file.seek(0)
    found = hashlib.sha256()
    left = place
    while left:
        part = file.read(min(left, _PART))
        found.update(part)
        left -= len(part)
    file.seek(len(_BLANK), 1)
    found.update(_BLANK.encode())
    while part := file.read(_PART):
        found.update(part)
    return found.hexdigest()
