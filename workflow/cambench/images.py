"""Stage `images`: decode each image once, resized and cropped as torchvision does, to uint8 pixels."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from . import pictures
from .errors import InputError

_FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


def decode(rows: list[dict], root: Path, preprocessing: dict) -> Iterator[dict[str, np.ndarray]]:
    """Decode the images of some rows of the manifest, one by one.

    **Arguments:** `rows` with path, label and sha256; `preprocessing` with resize (shorter side, pixels), crop (side,
    pixels) and interpolation.
    **Yields:** `pixels` uint8 (1, crop, crop, 3), `label` int64 (1,), `seed` int64 (1,), at least 0, drawn from the
    bytes of the image so that it does not depend on the order. **Raises:** `InputError` if a file is no longer what
    the manifest says.
    """
    for row in rows:
        pixels = _pixels(_read(row, root), preprocessing)
        yield {
            "pixels": pixels[None],
            "label": np.array([row["label"]], np.int64),
            "seed": np.array([int(row["sha256"][:15], 16)], np.int64),
        }


def decodes(path: Path, preprocessing: dict) -> bool:
    """Whether a file can be decoded."""
    try:
        _pixels(path.read_bytes(), preprocessing)
    except Exception:  # whatever Pillow's decoders raise; the manifest will say what is wrong
        return False
    return True


def _read(row: dict, root: Path) -> bytes:
    try:
        data = (root / row["path"]).read_bytes()
    except OSError as error:
        raise InputError(f"{row['path']}: {error.strerror} (it was there when the manifest was made)") from error
    if hashlib.sha256(data).hexdigest() != row["sha256"]:
        raise InputError(f"{row['path']}: changed since the manifest was made; touch it and run again to list it anew")
    return data


def _pixels(data: bytes, preprocessing: dict) -> np.ndarray:
    rgb = pictures.rgb(data)
    resized = rgb.resize(_size(rgb.size, preprocessing["resize"]), _FILTERS[preprocessing["interpolation"]])
    return np.asarray(_centre_crop(resized, preprocessing["crop"]))


def _size(size: tuple[int, int], shorter: int) -> tuple[int, int]:
    """Width and height with the shorter side as given; the longer one is rounded down, as torchvision does."""
    width, height = size
    if width <= height:
        return shorter, int(shorter * height / width)
    return int(shorter * width / height), shorter


def _centre_crop(image: Image.Image, side: int) -> Image.Image:
    left, top = round((image.width - side) / 2), round((image.height - side) / 2)
    return image.crop((left, top, left + side, top + side))
