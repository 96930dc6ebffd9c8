"""Stage `manifest`: check the files of a data set and list the good ones; new images come last."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
from PIL import UnidentifiedImageError

from ..errors import InputError
from ..store import tables
from .decode import UnusableError, is_too_long, rgb
from .found import Found, located
from .sample import Sample

SCHEMA: dict[str, Any] = {
    "image": pl.Int64,
    "path": pl.String,
    "label": pl.Int64,
    "width": pl.Int64,
    "height": pl.Int64,
    "bytes": pl.Int64,
    "sha256": pl.String,
    "labels": pl.List(pl.Int64),
}
REJECTED = {"path": pl.String, "reason": pl.String}
Row = dict[str, Any]  # of the manifest; or the path of a file and why it is rejected
_SHOWN = 3  # reasons in the error of a data set without images


class Limits(NamedTuple):
    """Sizes that an image may have: the least pixels of its shorter side, and the most altogether."""

    min_side: int
    max_pixels: int

    def allow(self, width: int, height: int) -> bool:
        """Whether an image of this size may be used."""
        shape_fits = min(width, height) >= self.min_side and not is_too_long(width, height)
        return shape_fits and width * height <= self.max_pixels


def read(*paths: Path) -> pl.DataFrame | None:
    """The manifests that are there, one below the other; of an image that several list, the first's row.

    **Raises:** `InputError` if one is damaged.
    """
    columns = [name for name in SCHEMA if name != "labels"]  # which earlier versions did not write
    found = [tables.read(path, columns) for path in paths if path.exists()]
    return pl.concat(found).unique("path", keep="first", maintain_order=True) if found else None


def build(
    found: list[Found],
    root: Path,
    earlier: pl.DataFrame | None,
    limits: Limits,
    threads: int = 1,
    advance: Callable[[int], object] = lambda rows: None,
    sample: Sample | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Check each file by decoding it whole, and list the images.

    **Arguments:** `earlier` is the manifest of the last run: images that it lists keep their rows, new ones come after
    them, and an image whose bytes have not changed is not decoded again. `advance` is called with 1 after each file
    that is no bad one of a `sample`. Of a sample no more files are looked at than it takes, and its order is that of
    the rows. **Returns:** the manifest (columns of `SCHEMA`) and the rejected files (path, reason). **Raises:**
    `InputError` if no image is left, a path is listed twice, or a sample is larger than the data set.
    """
    _refuse_duplicates(found)
    known = {} if earlier is None else {row["path"]: row for row in earlier.iter_rows(named=True)}
    rows = []
    with ThreadPoolExecutor(threads) as pool:
        check = partial(pool.map, lambda item: _check(item, root, known.get(item.path), limits))
        for row in _walked(found, sample, check):
            rows.append(row)
            advance(int(sample is None or "reason" not in row))
    good = [row for row in rows if "reason" not in row]
    rejected = [row for row in rows if "reason" in row]
    if not good:
        raise InputError(f"dataset: none of {len(rows)} files is an image that can be used: {_first(rejected)}")
    if sample and not sample.at_most and len(good) < (sample.images or 0):
        asked = f"{sample.images:,} images asked for"
        raise InputError(f"dataset.sample: {asked}, but only {len(good):,} can be used: {_first(rejected)}")
    return _numbered(good, () if sample else known), pl.DataFrame(rejected, schema=REJECTED)


def _walked(found: list[Found], sample: Sample | None, check: Callable[[list[Found]], Iterable[Row]]) -> Iterator[Row]:
    """Rows of all files; of a sample, in its order and until it is complete, and of those that are rejected unread."""
    if sample is None:
        yield from check(found)
        return
    yield from check([item for item in found if item.reason])
    left, missing = sample.order(found), sample.images or len(found)
    while left and missing:
        left, now = left[missing:], left[:missing]
        for row in check(now):
            missing -= "reason" not in row
            yield row


def _numbered(rows: list[dict[str, Any]], known: Iterable[str]) -> pl.DataFrame:
    """Numbered rows: known paths in their order, then new ones in theirs."""
    order = {path: number for number, path in enumerate(known)}
    rows = sorted(rows, key=lambda row: order.get(row["path"], len(order)))
    manifest = pl.DataFrame(rows, schema={name: kind for name, kind in SCHEMA.items() if name != "image"})
    return manifest.with_row_index("image").cast({"image": pl.Int64})


def _first(rejected: list[dict[str, Any]]) -> str:
    """Some of the reasons, each different, with the first file of each."""
    first: dict[str, str] = {}
    for row in rejected:
        first.setdefault(row["reason"], row["path"])
    shown = [f"{path}: {reason}" for reason, path in first.items()]
    return "; ".join(shown[:_SHOWN] + ["..."] * (len(shown) > _SHOWN))


def _refuse_duplicates(found: list[Found]) -> None:
    seen: set[str] = set()
    for item in found:
        if item.path in seen:
            raise InputError(f"dataset: {item.path} is listed twice")
        seen.add(item.path)


def _check(item: Found, root: Path, known: dict[str, Any] | None, limits: Limits) -> dict[str, Any]:
    """The manifest's row of a file, or its path and why it is rejected."""
    if item.reason:
        return {"path": item.path, "reason": item.reason}
    try:
        data = located(root, item.path).read_bytes()
    except OSError as error:
        return {"path": item.path, "reason": f"unreadable: {error.strerror}"}
    sha256 = hashlib.sha256(data).hexdigest()
    if known and known["sha256"] == sha256 and limits.allow(known["width"], known["height"]):
        return {**known, "label": item.label, "labels": item.labels}
    width, height, reason = _decode(data, limits.max_pixels)
    if not reason and not limits.allow(width, height):
        reason = f"too small: {width} x {height} pixels, shorter side under {limits.min_side}"
    if reason:
        return {"path": item.path, "reason": reason}
    sizes = {"width": width, "height": height, "bytes": len(data)}
    return {"path": item.path, "label": item.label, **sizes, "sha256": sha256, "labels": item.labels}


def _decode(data: bytes, max_pixels: int) -> tuple[int, int, str]:
    """Width, height, and why the image cannot be used ("" if it can)."""
    if not data:
        return 0, 0, "empty file"
    try:
        return *rgb(data, max_pixels).size, ""
    except UnidentifiedImageError:
        return 0, 0, "not an image"
    except UnusableError as error:
        return 0, 0, str(error)
    except Exception as error:  # Pillow's decoders raise nearly anything on damaged data
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        return 0, 0, f"truncated: {text}" if "truncated" in text else f"damaged: {text}"
