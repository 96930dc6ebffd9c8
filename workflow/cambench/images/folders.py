"""A folder of images: their labels are the ranks of their sub-folders, stand in their names, or are not known."""

import re
from collections.abc import Callable
from pathlib import Path

from ..errors import InputError
from . import walk
from .found import Found, named, whole_number


def find(dataset: dict, root: Path) -> list[Found]:
    """The files of a folder that fit the glob, with their labels. **Raises:** `InputError`."""
    if dataset["label"] == "folder":
        return by_rank(root, dataset["glob"])
    found = walk.files(root, dataset["glob"])
    if dataset["label"] == "none":
        return found
    label = _by_pattern(dataset["pattern"])
    return [item if item.reason else label(item.path) for item in found]


def by_rank(root: Path, glob: str) -> list[Found]:
    """Files whose label is the rank of the sub-folder, as torchvision's ImageFolder counts them.

    All sub-folders count in the order of their names, whatever the glob. ImageFolder refuses a folder without
    images, and so does this. **Raises:** `InputError` for such a folder, or a hidden one, which ImageFolder counts.
    """
    ranks = _ranks(root)
    return [_ranked(item, ranks) for item in walk.files(root, glob)]


def _ranks(root: Path) -> dict[str, int]:
    classes = walk.subfolders(root)
    for name in classes:
        place = f"dataset: {root}: sub-folder {named(name).path}"
        if name.startswith("."):
            raise InputError(f"{place} is hidden, but torchvision's ImageFolder would count it as a class")
        if walk.is_empty(root / name):
            raise InputError(f"{place} holds no files; torchvision's ImageFolder refuses it, too")
    ranks = {named(name): rank for rank, name in enumerate(classes)}
    return {item.path: rank for item, rank in ranks.items() if not item.reason}  # files of the others are rejected


def _ranked(item: Found, ranks: dict[str, int]) -> Found:
    if item.reason:
        return item
    if "/" not in item.path:
        return Found(item.path, reason="not in a sub-folder that names its class")
    return Found(item.path, ranks[item.path.split("/")[0]])


def _by_pattern(pattern: str) -> Callable[[str], Found]:
    compiled = re.compile(pattern)

    def label(path: str) -> Found:
        match = compiled.search(path)
        if match is None or match["label"] is None:
            return Found(path, reason="name does not match the label pattern")
        return Found(path, whole_number(match["label"], path))

    return label
