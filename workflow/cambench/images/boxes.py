"""Boxes around the objects of images: ILSVRC's XML files, COCO's JSON, or a CSV table; read, and never evaluated."""

import csv
import json
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from ..errors import InputError, shown
from ..paths import resolve
from . import matching

Box = tuple[float, float, float, float]  # edges in pixels of the image: left, top, right, bottom
_EDGES = ("left", "top", "right", "bottom")
_UNREADABLE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    csv.Error,
    ElementTree.ParseError,
)


class Boxes:
    """Boxes by image, which is found as `matching.keys` says.

    XML files have no ending in common with their images, whose own ending does not count therefore.
    """

    def __init__(self, place: str, found: dict[str, list[Box]], with_ending: bool) -> None:
        self.place, self._found, self._with_ending = place, found, with_ending

    def of(self, paths: Iterable[str]) -> dict[str, list[Box]]:
        """Boxes of all images by path; none of one that has none, or of which it cannot be told.

        >>> Boxes("boxes.csv", {"a/x.png": [(0, 0, 1, 1)]}, with_ending=True).of(["b/x.png", "c/y.png"])
        {'b/x.png': [(0, 0, 1, 1)], 'c/y.png': []}
        """
        found = matching.keys(paths, self._found, self._with_ending)
        return {path: [] if key is None else self._found[key] for path, key in found.items()}


def read(place: str) -> Boxes:
    """Boxes of a folder of ILSVRC's XML files, of a COCO file (.json), or of a table (.csv).

    A table has the columns `path`, `left`, `top`, `right` and `bottom`, and one row per box.

    **Raises:** `InputError`, one line, for anything that cannot be read, a box that is none, or an image whose boxes
    are of several classes: nothing says then which of them is explained.
    """
    path = resolve(place)
    try:
        if path.is_dir():
            return Boxes(place, _checked(place, _of_folder(path)), with_ending=False)
        rows = _of_coco(path) if path.suffix == ".json" else _of_table(path)
        return Boxes(place, _checked(place, rows), with_ending=True)
    except RecursionError as error:
        raise InputError(f"{place}: boxes cannot be read: nested too deeply") from error
    except _UNREADABLE as error:
        said = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
        raise InputError(f"{place}: boxes cannot be read: {' '.join(said.split())}") from error


def mask(boxes: list[Box], size: tuple[int, int]) -> np.ndarray:
    """Pixels whose centre lies in one of the boxes, bool (H, W).

    >>> mask([(1, 0, 3, 1.6)], (2, 4)).astype(int).tolist()
    [[0, 1, 1, 0], [0, 1, 1, 0]]
    """
    found = np.zeros(size, bool)
    y, x = (np.arange(side) + 0.5 for side in size)
    for left, top, right, bottom in boxes:
        found |= np.outer((y >= top) & (y < bottom), (x >= left) & (x < right))
    return found


def _checked(place: str, rows: Iterator[tuple[str, str, list[float]]]) -> dict[str, list[Box]]:
    """Boxes by image, of rows of its path, the class and the edges."""
    found, classes = dict[str, list[Box]](), dict[str, str]()
    for path, name, edges in rows:
        left, top, right, bottom = edges
        if not all(map(math.isfinite, edges)) or left >= right or top >= bottom:
            raise InputError(f"{place}: {path}: {shown(edges)} is no box: left, top, right, bottom")
        if classes.setdefault(path, name) != name:
            both = f"{shown(classes[path])} and {shown(name)}"
            raise InputError(f"{place}: {path} has boxes of {both}; keep those of the class that is explained")
        found.setdefault(path, []).append((left, top, right, bottom))
    if not found:
        raise InputError(f"{place}: has no boxes")
    if all(max(box) <= 1 for boxes in found.values() for box in boxes):
        raise InputError(
            f"{place}: no box reaches beyond the first pixel; write edges in pixels, not shares of the image"
        )
    return found


def _of_folder(folder: Path) -> Iterator[tuple[str, str, list[float]]]:
    for file in sorted(folder.rglob("*.xml")):
        path = file.relative_to(folder).with_suffix("").as_posix()
        for item in ElementTree.parse(file).getroot().iter("object"):
            edges = [float(item.findtext(f"bndbox/{name}") or "nan") for name in ("xmin", "ymin", "xmax", "ymax")]
            yield path, item.findtext("name") or "", edges


def _of_coco(file: Path) -> Iterator[tuple[str, str, list[float]]]:
    """A box of COCO is its left, top, width and height; crowds are left out, for their boxes are of many objects."""
    found: Any = json.loads(file.read_text(encoding="utf-8"))
    paths = {image["id"]: str(image["file_name"]) for image in found["images"]}
    for item in found["annotations"]:
        if not item.get("iscrowd"):
            left, top, width, height = map(float, item["bbox"])
            yield paths[item["image_id"]], str(item.get("category_id", "")), [left, top, left + width, top + height]


def _of_table(file: Path) -> Iterator[tuple[str, str, list[float]]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        if missing := {"path", *_EDGES}.difference(rows.fieldnames or ()):
            raise ValueError(f"no column {', '.join(sorted(missing))}")
        for row in rows:
            yield row["path"], "", [float(row[name]) for name in _EDGES]
