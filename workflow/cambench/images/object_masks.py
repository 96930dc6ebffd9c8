"""Masks of the objects of images: PNG files in which every value but 0 is the object."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import InputError
from ..paths import resolve
from . import matching

_MODES = ("1", "L", "P")  # one channel of at most 8 bits: black and white, grey, numbers of a palette's colours


class Masks:
    """Masks by image, which is found by its path without its ending, as `matching.keys` says."""

    def __init__(self, place: str, files: dict[str, Path]) -> None:
        self.place, self._files = place, files

    def of(self, paths: Iterable[str]) -> dict[str, Path | None]:
        """Files of the masks of all images by path; None of one that has none, or of which it cannot be told."""
        found = matching.keys(paths, self._files, with_ending=False)
        return {path: None if key is None else self._files[key] for path, key in found.items()}

    def read(self, file: Path, size: tuple[int, int]) -> Image.Image:
        """A mask in grey of 0 and 255, the object.

        **Arguments:** `size` width and height of the image as its file stores it: what EXIF says of its orientation
        turns neither the image nor its mask.
        **Raises:** `InputError`, one line, for a file that cannot be read, or a mask of another size.
        """
        try:
            with Image.open(file, formats=("PNG",)) as image:
                self._check(file, image, size)
                return Image.fromarray(np.where(np.asarray(image), 255, 0).astype(np.uint8))
        except InputError:
            raise
        except Exception as error:  # Pillow's decoders raise nearly anything
            said = getattr(error, "strerror", None) or "no PNG image that can be decoded"
            raise InputError(f"{self._named(file)}: {said}") from error

    def _check(self, file: Path, image: Image.Image, size: tuple[int, int]) -> None:
        if image.size != size:
            given, wanted = (f"{width} x {height}" for width, height in (image.size, size))
            raise InputError(f"{self._named(file)}: {given} pixels, but its image has {wanted}")
        if image.mode not in _MODES:
            raise InputError(f"{self._named(file)}: no mask of one channel of at most 8 bits, but {image.mode}")

    def _named(self, file: Path) -> str:
        return f"{self.place}: {file.name}"


def read(place: str) -> Masks:
    """Masks of a folder, in it or in folders below it; they themselves are read when they are asked for.

    **Raises:** `InputError`, one line, for a folder without PNG files.
    """
    folder, files = resolve(place), dict[str, Path]()
    for file in sorted(folder.rglob("*")):
        if file.suffix.lower() == ".png":
            key = file.relative_to(folder).with_suffix("").as_posix()
            if key in files:
                raise InputError(f"{place}: two masks of {key}: {files[key].name} and {file.name}")
            files[key] = file
    if not files:
        raise InputError(f"{place}: has no masks (.png)")
    return Masks(place, files)
