"""Write files whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import InputError


def write_atomically(path: str | Path, data: bytes | str) -> None:
    """Write a file under a temporary name beside it, then rename, so that it is whole or absent.

    **Raises:** `InputError` if it can't be written: a full disk, a folder that is read-only.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(data.encode() if isinstance(data, str) else data)


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
