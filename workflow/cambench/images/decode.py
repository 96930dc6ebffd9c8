"""Stage `images`: decode each image once, resized and cropped as torchvision does, to uint8 pixels."""

import hashlib
import io
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from PIL import Image

from ..errors import InputError

# Pillow's limit is one constant per process, and warns before it refuses; ours is a setting of the data set.
Image.MAX_IMAGE_PIXELS = None
_FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


class Cropping(TypedDict):
    """How an image becomes pixels: `resize` (shorter side), `crop` (side; both in pixels) and `interpolation`."""

    resize: int
    crop: int
    interpolation: str


class TooLargeError(Exception):
    """The header of an image claims more pixels than are allowed; none was decoded."""


def decode(rows: list[dict[str, Any]], root: Path, cropping: Cropping) -> Iterator[dict[str, np.ndarray]]:
    """Decode the images of some rows of the manifest, one by one.

    **Arguments:** `rows` with path (relative to `root`), label and sha256.
    **Yields:** `pixels` uint8 (1, crop, crop, 3), `label` int64 (1,), `seed` int64 (1,), at least 0, drawn from the
    bytes of the image so that it does not depend on the order. **Raises:** `InputError` if a file is no longer what
    the manifest says.
    """
    for row in rows:
        pixels = _pixels(_read(row, root), cropping)
        yield {
            "pixels": pixels[None],
            "label": np.array([row["label"]], np.int64),
            "seed": np.array([int(row["sha256"][:15], 16)], np.int64),
        }


def decodes(path: Path, cropping: Cropping) -> bool:
    """Whether a file can be decoded."""
    try:
        _pixels(path.read_bytes(), cropping)
    except Exception:  # whatever Pillow's decoders raise; the manifest will say what is wrong
        return False
    return True


def rgb(data: bytes, max_pixels: int | None = None) -> Image.Image:
    """The image in the bytes of a file, decoded whole, as RGB.

    **Raises:** `TooLargeError` above `max_pixels`; whatever Pillow raises for data that is not an image.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about odd metadata
        with Image.open(io.BytesIO(data)) as image:
            if max_pixels and image.width * image.height > max_pixels:
                raise TooLargeError
            return image.convert("RGB")


def _read(row: dict[str, Any], root: Path) -> bytes:
    try:
        data = (root / row["path"]).read_bytes()
    except OSError as error:
        raise InputError(f"{row['path']}: {error.strerror} (it was there when the manifest was made)") from error
    if hashlib.sha256(data).hexdigest() != row["sha256"]:
        raise InputError(f"{row['path']}: changed since the manifest was made; touch it and run again to list it anew")
    return data


def _pixels(data: bytes, cropping: Cropping) -> np.ndarray:
    image = rgb(data)
    resized = image.resize(_size(image.size, cropping["resize"]), _FILTERS[cropping["interpolation"]])
    return np.asarray(_centre_crop(resized, cropping["crop"]))


def _size(size: tuple[int, int], shorter: int) -> tuple[int, int]:
    """Width and height with the shorter side as given; the longer one is rounded down, as torchvision does."""
    width, height = size
    if width <= height:
        return shorter, int(shorter * height / width)
    return int(shorter * width / height), shorter


def _centre_crop(image: Image.Image, side: int) -> Image.Image:
    left, top = round((image.width - side) / 2), round((image.height - side) / 2)
    return image.crop((left, top, left + side, top + side))
