"""Note which files are read while a network is built."""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

from ..provenance.sources import is_installed

_CODE = {".py", ".pyc", ".pyd", ".so", ".dylib", ".dll"}
_SYSTEM = tuple(Path(name) for name in ("/proc", "/sys", "/dev", "/etc"))
# Files read and written, and the frame that asks; a hook cannot be taken away again.
_noting: list[tuple[set[str], set[str], FrameType]] = []
_unseen: list[None] = []


@contextmanager
def files_read() -> Iterator[list[str]]:
    """Within this context, note files of data that are opened to be read; the list is filled at its end.

    Left out: code, what a package reads while it is imported, files that are written, too, or gone at the end.
    A library that opens files without Python, as safetensors does, is not seen: `note` adds what is known of it.
    """
    read, written, found = set[str](), set[str](), list[str]()
    if not hasattr(_hook, "is_set"):
        sys.addaudithook(_hook)
        _hook.is_set = True  # type: ignore[attr-defined]
    _noting.append((read, written, sys._getframe(2)))
    try:
        yield found
    finally:
        _noting.pop()
        found += sorted(path for path in read - written if _is_data(Path(path)))


@contextmanager
def unseen() -> Iterator[None]:
    """Within this context, nothing is noted but by `note`: what libraries look up beside the files that decide."""
    _unseen.append(None)
    try:
        yield
    finally:
        _unseen.pop()


def note(path: Path) -> None:
    """Note a file as one that is read."""
    for read, _, _ in _noting:
        read.add(os.path.abspath(path))


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if event != "open" or not _noting or _unseen:
        return
    with suppress(Exception):  # an error here would be one of whoever opens the file
        _note(*args)


def _note(path: Any, mode: str | None, flags: int | None) -> None:
    if not isinstance(path, str | bytes | os.PathLike):  # a number of an open file
        return
    name = os.path.abspath(os.fsdecode(path))
    writes = bool(set(mode or "") & set("wax+")) or bool((flags or 0) & (os.O_WRONLY | os.O_RDWR))
    for read, written, asking in _noting:
        if writes:
            written.add(name)
        elif not _is_importing_a_package(sys._getframe(2), asking):
            read.add(name)


def _is_importing_a_package(frame: FrameType | None, asking: FrameType) -> bool:
    """Whether a file is opened by the body of an installed module."""
    while frame is not None and frame is not asking:
        if frame.f_code.co_name == "<module>" and is_installed(frame.f_code.co_filename):
            return True
        frame = frame.f_back
    return False


def _is_data(path: Path) -> bool:
    if path.suffix in _CODE or set(path.parents) & set(_SYSTEM) or path.parent.suffix in (".dist-info", ".egg-info"):
        return False
    with suppress(OSError):
        return stat.S_ISREG(path.stat().st_mode) and os.access(path, os.R_OK)
    return False
