"""Mosaics of images that networks are sure of, with a map for the class of each cell: the grid pointing game.

Böhle et al., CVPR 2021, and Rao et al., CVPR 2022: nobody has to draw boxes, and chance is known.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

from ..errors import InputError
from ..images.sizes import preprocessing_name
from ..store import files
from ..store.reader import Rows
from . import mosaic_config

if TYPE_CHECKING:
    from .run import Run


class Asked(NamedTuple):
    """What mosaics are asked for: cells along a side, how many, the least probability, and the seed of the drawing."""

    grid: int = 2
    mosaics: int = 500
    confidence: float = 0.99
    seed: int = 0


class Made(NamedTuple):
    """What was made: the configuration, and in words of what."""

    file: Path
    said: str


class Sure(NamedTuple):
    """Images that all networks classify rightly and surely: their rows in the manifest, and their classes, int64."""

    rows: np.ndarray
    classes: np.ndarray


def make(
    run: "Run", out: str, network: str | None, asked: Asked, advance: Callable[[int], object] = lambda mosaics: None
) -> Made:
    """Write mosaics of a run's images, their labels and boxes, and a configuration that runs its methods on them.

    **Arguments:** `out` is a new or empty folder, as configurations name it; `network` a network of the configuration,
    None for all of them; `advance` is called with 1 after each mosaic. **Raises:** `InputError`, one line, if the
    folder holds something, the networks see different pixels, or too few images are classified surely.
    """
    _check(asked)
    folder, blocks = _empty(out), mosaic_config.networks(run, network)
    text = mosaic_config.text(run, out, blocks, asked)
    entries = mosaic_config.entries(blocks)
    _check_pixels(run, entries)
    sure = _sure(run, entries, asked)
    drawn = draw(sure.classes, asked)
    with _whole(folder):
        _write(folder, run.reader(entries[0])("images.pixels"), sure, drawn, asked.grid, advance)
        files.write_atomically(folder / mosaic_config.FILE, text)
    return Made(folder / mosaic_config.FILE, _in_words(drawn, sure))


def draw(classes: np.ndarray, asked: Asked) -> np.ndarray:
    """Images of each mosaic, row by row of its cells, int64 (mosaics, cells): places in `classes`, int64 (n,).

    The classes in a mosaic differ, no two mosaics hold the same images, and images are used as equally often as that
    allows: those come first that were used least. The first mosaics are the same, however many are asked for.
    """
    random, used, taken = np.random.default_rng(asked.seed), np.zeros(len(classes)), set[frozenset[int]]()
    found: list[np.ndarray] = []
    tries = 1
    while len(found) < asked.mosaics:
        order = np.argsort(used + tries * random.random(len(classes)))  # the more tries, the less it counts who is next
        first = np.sort(np.unique(classes[order], return_index=True)[1])
        cells = order[first[: asked.grid**2]]
        key = frozenset(cells.tolist())
        tries = tries + 1 if key in taken else 1
        if key not in taken:
            taken.add(key)
            used[cells] += 1
            found.append(random.permutation(cells))
    return np.stack(found)


def possible(classes: np.ndarray, cells: int) -> int:
    """How many sets of so many images of different classes there are.

    >>> possible(np.array([0, 0, 1, 2]), 2)
    5
    """
    ways = [1] + [0] * cells
    for count in np.unique(classes, return_counts=True)[1].tolist():
        ways = [1, *(ways[size] + count * ways[size - 1] for size in range(1, cells + 1))]
    return ways[cells]


def assembled(pixels: Sequence[np.ndarray], grid: int) -> np.ndarray:
    """One image, uint8 (grid H, grid W, 3), of grid x grid images (H, W, 3), row by row."""
    lines = [np.concatenate(pixels[row * grid : (row + 1) * grid], axis=1) for row in range(grid)]
    return np.concatenate(lines)


def _check(asked: Asked) -> None:
    if asked.grid < 2:
        raise InputError(f"--grid: a mosaic has at least 2 cells along a side, not {asked.grid}")
    if asked.mosaics < 1:
        raise InputError(f"--mosaics: at least 1, not {asked.mosaics}")
    if not 0 <= asked.confidence < 1:
        raise InputError(f"--confidence: a probability from 0 to below 1, not {asked.confidence}")
    if asked.seed < 0:
        raise InputError(f"--seed: at least 0, not {asked.seed}")


def _empty(out: str) -> Path:
    """The folder, which may be there. **Raises:** `InputError` if it holds something, or is none."""
    folder = Path(out)
    with files.telling(folder):
        if folder.exists() and any(folder.iterdir()):
            raise InputError(f"{folder}: is not empty; name another folder")
    return folder


@contextmanager
def _whole(folder: Path) -> Iterator[None]:
    """Make the folder's parts, all of them or none."""
    images = folder / "images"
    try:
        with files.telling(images):
            images.mkdir(parents=True)
        yield
    except BaseException:
        shutil.rmtree(images, ignore_errors=True)
        for name in (mosaic_config.LIST, mosaic_config.BOXES):
            (folder / name).unlink(missing_ok=True)
        raise


def _check_pixels(run: "Run", networks: Sequence[str]) -> None:
    """**Raises:** `InputError` if the networks' images differ in size or by their resizing."""
    seen = {preprocessing_name(run.networks[name]["preprocessing"]): name for name in networks}
    if len(seen) > 1:
        said = ", ".join(f"{name} {pixels}" for pixels, name in seen.items())
        raise InputError(f"{run.path}: networks see different pixels ({said}); name one of them with --network")


def _sure(run: "Run", networks: Sequence[str], asked: Asked) -> Sure:
    """Images that all of the networks classify rightly, with a probability above the limit.

    **Raises:** `InputError` if images have no label, or fewer different mosaics can be made of them than are asked for.
    """
    labels = run.manifest["label"].to_numpy()
    if (labels < 0).all():
        raise InputError(f"{run.path}: images have no labels, or several; mosaics are made of images of known classes")
    right = labels >= 0
    for name in networks:
        read = run.reader(name)
        right &= read("predictions.predicted")[:] == labels
        right &= read("predictions.label_probability")[:] > asked.confidence
    rows = np.flatnonzero(right)
    _check_enough(run, labels[rows], asked)
    return Sure(rows, labels[rows])


def _check_enough(run: "Run", classes: np.ndarray, asked: Asked) -> None:
    cells, there = asked.grid**2, len(np.unique(classes))
    known = f"{len(classes):,} of {run.images:,} images are classified rightly with p > {asked.confidence:g}"
    if there < cells:
        line = f"{known}, of {there:,} classes; a mosaic takes {cells} classes: lower --confidence, or take more images"
        raise InputError(f"{run.path}: {line}")
    if (most := possible(classes, cells)) < asked.mosaics:
        line = f"{known}, which make {most:,} different mosaics, not {asked.mosaics:,}: ask for fewer with --mosaics"
        raise InputError(f"{run.path}: {line}")


def _write(
    folder: Path, pixels: Rows, sure: Sure, drawn: np.ndarray, grid: int, advance: Callable[[int], object]
) -> None:
    """The images, and the tables of their labels and boxes."""
    listed, boxes = ["path,label"], ["path,left,top,right,bottom"]
    for number, cells in enumerate(drawn):
        parts = [pixels[row : row + 1][0] for row in sure.rows[cells].tolist()]
        names = [f"images/{number:04d}-{cell}.png" for cell in range(grid**2)]
        _save(folder, names, assembled(parts, grid))
        listed += (f"{name},{label}" for name, label in zip(names, sure.classes[cells].tolist(), strict=True))
        boxes += (f"{name},{edges}" for name, edges in zip(names, _edges(parts[0].shape, grid), strict=True))
        advance(1)
    files.write_atomically(folder / mosaic_config.LIST, "\n".join([*listed, ""]))
    files.write_atomically(folder / mosaic_config.BOXES, "\n".join([*boxes, ""]))


def _edges(shape: tuple[int, ...], grid: int) -> Iterator[str]:
    """Left, top, right and bottom of each cell, row by row."""
    height, width, _ = shape
    for row in range(grid):
        for column in range(grid):
            yield f"{column * width},{row * height},{(column + 1) * width},{(row + 1) * height}"


def _save(folder: Path, names: list[str], mosaic: np.ndarray) -> None:
    """One file, by as many names: a data set lists a path once."""
    first, *others = (folder / name for name in names)
    with files.telling(first):
        Image.fromarray(mosaic).save(first)
        for name in others:
            try:
                os.link(first, name)
            except OSError:  # file systems without hard links
                shutil.copyfile(first, name)


def _in_words(drawn: np.ndarray, sure: Sure) -> str:
    used = np.bincount(drawn.ravel(), minlength=len(sure.rows))
    times = f"{used.min()} to {used.max()} times" if used.min() < used.max() else f"{used.max()} times"
    there = f"{len(sure.rows):,} images of {len(np.unique(sure.classes)):,} classes"
    return f"{len(drawn):,} mosaics with {drawn.size:,} maps a method, of {there}, each used {times}"
