"""Find the files of a folder, however deep; each folder is read once."""

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from ..errors import InputError
from .found import Found, named

_RESULTS = "results"  # where runs that are started here write
_LOG = os.path.join("logs", "manifest.log")  # of a run, wherever it writes
Identity = tuple[int, int]


class _Folder(NamedTuple):
    """A folder to be read: its path, its names below the root, and the identities of the folders above it."""

    path: str
    names: tuple[str, ...]
    above: frozenset[Identity]


def files(folder: Path, glob: str = "**/*") -> list[Found]:
    """Files under a folder that fit a glob, sorted by path; links are followed.

    Hidden files and folders are left out, and so are the results of runs. A folder below that cannot be read is
    listed with the reason. **Raises:** `InputError` if the folder itself cannot be read, or the glob leads out of it.
    """
    return sorted(_walk(folder, _parts(glob)), key=lambda item: item.path)


def _parts(glob: str) -> tuple[str, ...]:
    """The parts of a glob. **Raises:** `InputError` for one that leads out of its folder."""
    found = PurePosixPath(glob).parts
    if PurePosixPath(glob).is_absolute() or ".." in found:
        raise InputError(f"dataset: glob {glob!r} leads out of the folder")
    return tuple(part for part, before in zip(found, ("", *found), strict=False) if not part == before == "**")


def is_empty(folder: Path) -> bool:
    """Whether there is no file under a folder. **Raises:** `InputError` if the folder cannot be read."""
    return next(_walk(folder, ("**",)), None) is None


def _fits(names: tuple[str, ...], glob: tuple[str, ...]) -> bool:
    """Whether a path fits a glob, part by part; `**` stands for any number of folders, and at the end for all files."""
    if not glob:
        return not names
    if glob[0] == "**":
        return len(glob) == 1 or any(_fits(names[skipped:], glob[1:]) for skipped in range(len(names)))
    return bool(names) and fnmatchcase(names[0], glob[0]) and _fits(names[1:], glob[1:])


def subfolders(folder: Path) -> list[str]:
    """Names of the folders in a folder, sorted, as torchvision's `find_classes` has them; but not those of runs.

    **Raises:** `InputError` if the folder cannot be read.
    """
    try:
        folders = [entry for entry in _entries(os.fspath(folder)) if _is_folder(entry)]
    except OSError as error:
        raise _unreadable(folder, error) from error
    return sorted(entry.name for entry in folders if entry.name != ".snakemake" and not _is_results(entry.path))


def _walk(root: Path, glob: tuple[str, ...]) -> Iterator[Found]:
    todo = [_Folder(os.fspath(root), (), frozenset())]
    while todo:
        folder = todo.pop()
        try:
            entries = [entry for entry in _entries(folder.path) if not entry.name.startswith(".")]
        except OSError as error:
            if not folder.names:
                raise _unreadable(root, error) from error
            yield Found(named("/".join(folder.names)).path, reason=f"folder is unreadable: {error.strerror}")
            continue
        todo += _below(folder, entries, glob)
        for entry in entries:
            names = (*folder.names, entry.name)
            if _fits(names, glob) and os.path.isfile(entry.path):
                yield named("/".join(names))


def _below(folder: _Folder, entries: list[os.DirEntry], glob: tuple[str, ...]) -> Iterator[_Folder]:
    """Folders in a folder that may hold what fits; not links to a folder above, which would lead round in a circle."""
    above = folder.above | {_identity(folder.path)}
    for entry in entries:
        names = (*folder.names, entry.name)
        if not (_is_folder(entry) and _may_hold(names, glob)):
            continue
        if _identity(entry.path) not in above and not _is_results(entry.path):
            yield _Folder(entry.path, names, above)


def _may_hold(names: tuple[str, ...], glob: tuple[str, ...]) -> bool:
    """Whether a folder's files, or those below it, may fit a glob."""
    for name, part in zip(names, glob, strict=False):
        if part == "**":
            return True
        if not fnmatchcase(name, part):
            return False
    return len(names) < len(glob)


def _entries(folder: str) -> list[os.DirEntry]:
    with os.scandir(folder) as entries:
        return list(entries)


def _is_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _identity(folder: str) -> Identity:
    status = os.stat(folder)
    return status.st_dev, status.st_ino


def _is_results(folder: str) -> bool:
    """Whether runs write here, whose figures are no images of a data set that they lie in."""
    if os.path.isfile(os.path.join(folder, _LOG)):
        return True
    return os.path.isdir(_RESULTS) and os.path.samefile(folder, _RESULTS)


def _unreadable(folder: Path, error: OSError) -> InputError:
    return InputError(f"dataset: {folder}: unreadable: {error.strerror}")
