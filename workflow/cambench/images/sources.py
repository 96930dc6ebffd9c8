"""Find the images of a data set and their labels: a folder, a CSV or Parquet list, or the ImageNet validation set."""

import functools
import hashlib
import json
import os
from pathlib import Path

from ..errors import InputError
from ..paths import resolve
from . import folders, imagenet, lists
from .found import Found, located


def root(dataset: dict) -> Path:
    """The folder that a data set's paths are relative to."""
    path = resolve(dataset["path"])
    if dataset["kind"] == "imagenet" and (path / "val").is_dir():
        return path / "val"
    return path.parent if dataset["kind"] == "manifest" else path


def find(dataset: dict) -> list[Found]:
    """All files of a data set, in a fixed order. **Raises:** `InputError` if it cannot be read or is empty."""
    found = _find(dataset)
    if not found:
        raise InputError(f"dataset: {dataset['path']} holds no files that match {dataset['glob']!r}")
    expected = dataset.get("images")
    if expected and len(found) != expected:
        part = "set dataset.images to null to run on a part"
        raise InputError(f"dataset: {dataset['path']} holds {len(found):,} images, not {expected:,}; {part}")
    return found


def listing(dataset: dict) -> tuple[Found, ...]:
    """What `find` finds, looked for once per process: planning asks for it several times. Raises what `find` raises."""
    return _listing(json.dumps(dataset, sort_keys=True))


def usable(dataset: dict) -> int:
    """Number of the files that are not rejected unread."""
    return sum(not item.reason for item in listing(dataset))


def largest_label(dataset: dict) -> int:
    """The largest label of the files that are not rejected unread; -1 if there is none."""
    return max((label for item in listing(dataset) if not item.reason for label in item.labels), default=-1)


def several_labels(dataset: dict) -> int:
    """Number of the files that are not rejected unread, and have several labels."""
    return sum(bool(item.several) for item in listing(dataset) if not item.reason)


def digest(dataset: dict) -> str:
    """Digest of a data set's listing: names, labels, sizes and times of change, but not contents.

    It says when the manifest has to look again. **Returns:** 16 hexadecimal digits.
    """
    folder, lines = root(dataset), []
    for item in listing(dataset):
        try:
            status = os.stat(located(folder, item.path))
            lines.append(f"{item}\0{status.st_size}\0{status.st_mtime_ns}")
        except OSError:
            lines.append(f"{item}\0missing")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


@functools.cache
def _listing(dataset: str) -> tuple[Found, ...]:
    return tuple(find(json.loads(dataset)))


def _find(dataset: dict) -> list[Found]:
    where = root(dataset)
    if dataset["kind"] == "manifest":
        return lists.find(resolve(dataset["path"]), dataset.get("outside", False))
    return imagenet.find(dataset, where) if dataset["kind"] == "imagenet" else folders.find(dataset, where)
