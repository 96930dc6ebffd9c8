"""Stage `manifest`: check every file of a data set and list the good ones in an order that only ever grows."""

import hashlib
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
from PIL import UnidentifiedImageError

from . import pictures
from .datasets import Found
from .errors import InputError

SCHEMA = {
    "image": pl.Int64,
    "path": pl.String,
    "label": pl.Int64,
    "width": pl.Int64,
    "height": pl.Int64,
    "bytes": pl.Int64,
    "sha256": pl.String,
}
REJECTED = {"path": pl.String, "reason": pl.String}


def read(path: Path) -> pl.DataFrame | None:
    """The manifest of the last run, if there is one. **Raises:** `InputError` if it is damaged."""
    try:
        return pl.read_parquet(io.BytesIO(path.read_bytes()), columns=list(SCHEMA))
    except FileNotFoundError:
        return None
    except pl.exceptions.PolarsError as error:
        raise InputError(f"{path}: damaged; mend: rm {path}, then run again") from error


def build(
    found: list[Found],
    root: Path,
    earlier: pl.DataFrame | None,
    min_side: int,
    max_pixels: int,
    threads: int = 1,
    advance: Callable[[int], object] = lambda rows: None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Check each file by decoding it whole, and list the images.

    **Arguments:** `min_side` and `max_pixels` limit what an image may be; `earlier` is the manifest of the last run:
    images that it lists keep their rows, new ones come after them, and an image whose bytes have not changed is not
    decoded again.
    **Returns:** the manifest (columns of `SCHEMA`) and the rejected files (path, reason). **Raises:** `InputError`
    if no image is left or a path is listed twice.
    """
    _refuse_duplicates(found)
    known = {} if earlier is None else {row["path"]: row for row in earlier.iter_rows(named=True)}
    rows = []
    with ThreadPoolExecutor(threads) as pool:
        for row in pool.map(lambda item: _check(item, root, known.get(item.path), min_side, max_pixels), found):
            rows.append(row)
            advance(1)
    order = {path: number for number, path in enumerate(known)}
    good = sorted((row for row in rows if "reason" not in row), key=lambda row: order.get(row["path"], len(order)))
    rejected = [row for row in rows if "reason" in row]
    if not good:
        raise InputError(f"dataset: none of {len(rows)} files is an image that can be used, see rejected.parquet")
    manifest = pl.DataFrame(good, schema={name: kind for name, kind in SCHEMA.items() if name != "image"})
    numbered = manifest.with_row_index("image").cast({"image": pl.Int64})
    return numbered, pl.DataFrame(rejected, schema=REJECTED)


def _refuse_duplicates(found: list[Found]) -> None:
    seen: set[str] = set()
    for item in found:
        if item.path in seen:
            raise InputError(f"dataset: {item.path} is listed twice")
        seen.add(item.path)


def _check(item: Found, root: Path, known: dict | None, min_side: int, max_pixels: int) -> dict:
    if item.reason:
        return {"path": item.path, "reason": item.reason}
    try:
        data = (root / item.path).read_bytes()
    except OSError as error:
        return {"path": item.path, "reason": f"unreadable: {error.strerror}"}
    sha256 = hashlib.sha256(data).hexdigest()
    if known and known["sha256"] == sha256 and _allowed(known["width"], known["height"], min_side, max_pixels):
        return {**known, "label": item.label}
    width, height, reason = _decode(data, max_pixels)
    if not reason and min(width, height) < min_side:
        reason = f"too small: {width} x {height} pixels, shorter side under {min_side}"
    if reason:
        return {"path": item.path, "reason": reason}
    sizes = {"width": width, "height": height, "bytes": len(data)}
    return {"path": item.path, "label": item.label, **sizes, "sha256": sha256}


def _allowed(width: int, height: int, min_side: int, max_pixels: int) -> bool:
    return min(width, height) >= min_side and width * height <= max_pixels


def _decode(data: bytes, max_pixels: int) -> tuple[int, int, str]:
    """Width, height, and why the image cannot be used ("" if it can)."""
    if not data:
        return 0, 0, "empty file"
    try:
        return *pictures.rgb(data, max_pixels).size, ""
    except UnidentifiedImageError:
        return 0, 0, "not an image"
    except pictures.TooLargeError:
        return 0, 0, f"too many pixels: more than {max_pixels:,}"
    except Exception as error:  # Pillow's decoders raise nearly anything on damaged data
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        return 0, 0, f"truncated: {text}" if "truncated" in text else f"damaged: {text}"
