"""Write files whole or not at all; refuse those that turn out to be damaged."""

import json
import os
import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ..errors import InputError


def write_atomically(path: str | Path, data: bytes | str) -> None:
    """Write a file under a temporary name beside it, then rename, so that it is whole or absent.

    **Raises:** `InputError` if it can't be written: a full disk, a folder that is read-only.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(data.encode() if isinstance(data, str) else data)


def read_json(path: str | Path, keys: Collection[str]) -> dict[str, Any]:
    """An object that a job wrote as JSON. **Raises:** `InputError` if it is damaged, or lacks one of the keys."""
    try:
        with getattr(path, "open", Path(path).open)("rb") as file:  # Snakemake's own fetches it from a storage
            found = json.load(file)
    except (OSError, ValueError) as error:
        raise damaged(path) from error
    if not isinstance(found, dict) or not set(keys) <= found.keys():
        raise damaged(path)
    return found


def damaged(path: Any) -> InputError:
    """The error of a file that a job wrote, and that isn't whole any more."""
    return InputError(f"{path}: damaged; mend: rm {path}, then run again")


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A temporary name to write to, which takes the place of `path` at the end, or is removed after an error."""
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        with telling(path):
            target.parent.mkdir(parents=True, exist_ok=True)
            yield temporary
            os.replace(temporary, target)
    finally:
        with suppress(OSError):
            temporary.unlink()


@contextmanager
def telling(path: str | Path) -> Iterator[None]:
    """Name the file in errors of writing."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error
