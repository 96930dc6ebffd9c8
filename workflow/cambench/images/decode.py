"""Stage `images`: decode each image once, resized and cropped as torchvision does, to uint8 pixels."""

import hashlib
import io
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from ..errors import InputError
from .found import located
from .sizes import Size, sides

# Pillow's limit is one constant per process, and warns before it refuses; ours is a setting of the data set.
Image.MAX_IMAGE_PIXELS = None
# Formats of pixels alone. Of others, such as EPS, Pillow would start a program that runs what the file says.
_FORMATS = ("BMP", "DIB", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP")
_MOST_ASPECT = 100  # longer side by shorter side
_PART = 1 << 18  # pixels that are scaled at once, as float64
_FILTERS = {name: Image.Resampling[name.upper()] for name in ("bilinear", "bicubic", "lanczos")}


class Cropping(TypedDict):
    """How an image becomes pixels: `resize`, `crop` (both in pixels) and `interpolation`.

    `resize` is the shorter side, or [height, width] whatever the image's shape; `crop` a side, or [height, width].
    `centre` says how half of an odd border before the crop is rounded: to even (`round`, the default), as torchvision
    does, or down (`floor`), as transformers does.
    """

    resize: Size
    crop: Size
    interpolation: str
    centre: NotRequired[Literal["round", "floor"]]


class UnusableError(Exception):
    """Why an image cannot be used, although it is one."""


def decode(rows: list[dict[str, Any]], root: Path, cropping: Cropping) -> Iterator[dict[str, np.ndarray]]:
    """Decode the images of some rows of the manifest, one by one.

    **Arguments:** `rows` with path (relative to `root`), label and sha256.
    **Yields:** `pixels` uint8 (1, H, W, 3) of the crop, `label` int64 (1,), `seed` int64 (1,), at least 0, from the
    bytes of the image so that it does not depend on the order. **Raises:** `InputError` if a file is no longer what
    the manifest says.
    """
    for row in rows:
        pixels = _decoded(row, root, cropping)
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

    Grey of more than 8 bits is scaled by its type: whole numbers without a sign from their range, floats from [0, 1],
    to [0, 255], and rounded. All else is as Pillow's `convert("RGB")` does; transparency is ignored.

    **Raises:** `UnusableError` above `max_pixels`, for an image so long that resizing would fill the memory, or values
    of no known range; whatever Pillow raises for data that is not an image.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about odd metadata
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            if max_pixels and image.width * image.height > max_pixels:
                raise UnusableError(f"too many pixels: more than {max_pixels:,}")
            if is_too_long(*image.size):
                sides = f"{image.width:,} x {image.height:,} pixels"
                raise UnusableError(f"too long: {sides}, one side more than {_MOST_ASPECT} times the other")
            return as_rgb(image)


def as_rgb(image: Image.Image) -> Image.Image:
    """An opened image as `rgb` gives it. **Raises:** `UnusableError` for values of no known range."""
    return _in_8_bits(image).convert("RGB")


def is_too_long(width: int, height: int) -> bool:
    """Whether an image has the shape of a thread, which resizing by its shorter side would blow up."""
    return max(width, height) > _MOST_ASPECT * min(width, height)


def _in_8_bits(image: Image.Image) -> Image.Image:
    """An image whose values have 8 bits; those of most have."""
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PPM"):  # Pillow scales PPM to 16 bits
        return _scaled(image, 2 ** _tag(image, "BitsPerSample", 16) - 1)
    if image.mode == "F":
        _check_range(image)
        return _scaled(image, 1)
    if image.mode == "I":
        raise UnusableError("whole numbers of 32 bits, or with a sign: nothing says which of them is white")
    return image


def _scaled(image: Image.Image, most: int) -> Image.Image:
    """Grey whose values go from 0 to `most`, in 8 bits."""
    is_white_0 = _tag(image, "PhotometricInterpretation", 1) == 0  # which Pillow minds in 8 bits only
    grey = np.empty((image.height, image.width), np.uint8)
    for rows, values in _parts(image):
        share = values / most
        grey[rows] = np.rint((1 - share if is_white_0 else share) * 255)
    return Image.fromarray(grey)


def _parts(image: Image.Image) -> Iterator[tuple[slice, np.ndarray]]:
    """Some rows at a time, float64: those of the whole image would take several times its memory."""
    step = max(1, _PART // image.width)
    for top in range(0, image.height, step):
        end = min(top + step, image.height)
        yield slice(top, end), np.asarray(image.crop((0, top, image.width, end)), np.float64)


def _tag(image: Image.Image, name: str, default: int) -> int:
    """A whole number from the header of a TIFF; other formats have none."""
    found = getattr(image, "tag_v2", {}).get(ExifTags.Base[name], default)
    return int(found[0] if isinstance(found, tuple) else found)


def _check_range(image: Image.Image) -> None:
    """Refuse floats that do not lie within 0 and 1."""
    ends = np.array([(values.min(), values.max()) for _, values in _parts(image)])
    least, most = ends.min(), ends.max()
    if not (least >= 0 and most <= 1):  # NaN does neither
        raise UnusableError(f"floats from {least:g} to {most:g}, not within 0 and 1")


def _decoded(row: dict[str, Any], root: Path, cropping: Cropping) -> np.ndarray:
    data = _read(row, root)
    try:
        return _pixels(data, cropping)
    except UnidentifiedImageError as error:  # which another version of Pillow knew
        raise _undecodable(row, "not an image") from error
    except Exception as error:  # Pillow's decoders raise nearly anything
        raise _undecodable(row, " ".join(str(error).split()) or type(error).__name__) from error


def _undecodable(row: dict[str, Any], why: str) -> InputError:
    """The error for an image that could be decoded when the manifest was made."""
    return InputError(f"{row['path']}: {why}; mend: rm the manifest.parquet that lists it, then run again")


def _read(row: dict[str, Any], root: Path) -> bytes:
    try:
        data = located(root, row["path"]).read_bytes()
    except OSError as error:
        raise InputError(f"{row['path']}: {error.strerror} (it was there when the manifest was made)") from error
    if hashlib.sha256(data).hexdigest() != row["sha256"]:
        raise InputError(f"{row['path']}: changed since the manifest was made; touch it and run again to list it anew")
    return data


def _pixels(data: bytes, cropping: Cropping) -> np.ndarray:
    return cropped(rgb(data), cropping)


def cropped(image: Image.Image, cropping: Cropping) -> np.ndarray:
    """Pixels uint8 (H, W, 3) of an RGB image, resized and cropped."""
    resized = image.resize(_size(image.size, cropping["resize"]), _FILTERS[cropping["interpolation"]])
    return np.asarray(_centre_crop(resized, cropping["crop"], cropping.get("centre") == "floor"))


def _size(size: tuple[int, int], wanted: Size) -> tuple[int, int]:
    """Width and height as given, or of a given shorter side; the longer one is rounded down, as torchvision does."""
    if not isinstance(wanted, int):
        return wanted[1], wanted[0]
    (width, height), shorter = size, wanted
    if width <= height:
        return shorter, int(shorter * height / width)
    return int(shorter * width / height), shorter


def placement(size: tuple[int, int], cropping: Cropping) -> tuple[tuple[int, int], tuple[int, int]]:
    """Width and height of an image once it is resized, and left and top of the crop in it.

    >>> placement((500, 400), {"resize": 256, "crop": 224, "interpolation": "bilinear"})
    ((320, 256), (48, 16))
    """
    resized = _size(size, cropping["resize"])
    return resized, _corner(resized, cropping["crop"], cropping.get("centre") == "floor")


def _corner(size: tuple[int, int], crop: Size, down: bool) -> tuple[int, int]:
    """Left and top of a centre crop."""
    height, width = sides(crop)
    left, top = (border // 2 if down else round(border / 2) for border in (size[0] - width, size[1] - height))
    return left, top


def _centre_crop(image: Image.Image, size: Size, down: bool = False) -> Image.Image:
    height, width = sides(size)
    left, top = _corner(image.size, size, down)
    return image.crop((left, top, left + width, top + height))
