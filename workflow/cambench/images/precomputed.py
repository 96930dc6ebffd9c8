"""Maps that were computed elsewhere: a .npy file or a Zarr array, checked, and read by the images that they are of.

A map is bound to its image by name, or all maps are bound, in order, to one list of images by its digest. Nothing else
tells whether the fifth map is of the fifth image, once an image has left and another has come.
"""

import functools
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.lib.format import open_memmap  # knows neither pickles nor archives

from ..errors import InputError

_IN_STORES = "raw"  # the array's name in stores of cambench
# Of each Zarr format: the file of the metadata, and its key for the type.
_HEADERS: tuple[tuple[Literal[2, 3], str, str], ...] = ((3, "zarr.json", "data_type"), (2, ".zarray", "dtype"))


class _Stored(NamedTuple):
    """A Zarr array: its shape, dtype, folder and format."""

    shape: tuple[int, ...]
    dtype: str
    folder: Path
    form: Literal[2, 3]


def shape(path: str) -> tuple[int, int, int]:
    """(n, h, w), read from the header alone. **Raises:** `InputError` for anything but an array of float maps."""
    if not Path(path).exists():
        raise InputError(f"{path}: no such file or folder")
    try:
        found, dtype = _stored(path)[:2] if Path(path).is_dir() else _npy_header(path)
        is_float = np.dtype(dtype).kind == "f"
    except InputError:
        raise
    except Exception as error:  # numpy raises nearly anything for a file that is none of its own
        raise InputError(
            f"{path}: neither a .npy file nor a Zarr array (or a group with an array {_IN_STORES!r})"
        ) from error
    if len(found) != 3 or 0 in found or not is_float:
        raise InputError(f"{path}: maps must be floats of shape (images, height, width), not {dtype} of shape {found}")
    return found[0], found[1], found[2]


def names(path: str, maps: int) -> list[str]:
    """The paths of the images that maps are of: a text file with one line per map, in the order of the maps.

    **Raises:** `InputError` if it cannot be read, names an image twice, or has not as many names as there are `maps`.
    """
    try:
        listed = Path(path).read_text(encoding="utf-8-sig").removesuffix("\n").split("\n")
    except (OSError, ValueError) as error:
        raise InputError(f"names: {path}: not a text file in UTF-8 that can be read") from error
    listed = [line.removesuffix("\r") for line in listed]
    if len(listed) != maps:
        raise InputError(f"names: {path}: {len(listed)} names for {maps} maps")
    if twice := [name for name, times in Counter(listed).items() if times > 1]:
        raise InputError(f"names: {path}: {twice[0]} is named twice")
    return listed


def read(path: str, rows: np.ndarray, listed: str, named: str = "", manifest: str = "") -> np.ndarray:
    """Maps float32 (len(rows), h, w) of some rows of the manifest.

    **Arguments:** `rows` int64; `listed` the path of the run's manifest.parquet; `named` the file of `names`, if there
    is one; else `manifest`, the digest of the list of images that the maps were made for, in its order.
    **Raises:** `InputError` if an image has no map, the maps are bound to no images or to others, or a value is not
    finite.
    """
    places = _places(path, listed, named, manifest)[rows]
    try:
        maps = np.array(_opened(path)[places], np.float32)
    except Exception as error:  # of a damaged chunk, zarr's codecs raise nearly anything
        raise InputError(f"{path}: cannot be read: {' '.join(str(error).split())}") from error
    bad = np.flatnonzero(~np.isfinite(maps).all((1, 2)))
    if len(bad):
        raise InputError(f"{path}: map {places[bad[0]]} has values that are not finite")
    return maps


@functools.cache
def _places(path: str, listed: str, named: str, manifest: str) -> np.ndarray:
    """Where the map of each image of the manifest is, int64 (images,); read once per job."""
    from .manifest import read as read_manifest

    table, maps = read_manifest(Path(listed)), shape(path)[0]
    if table is None:
        raise InputError(f"{listed}: no such file")
    if named:
        return _by_name(table["path"].to_list(), names(named, maps), named)
    _check_digest(path, manifest, digest(table["sha256"].to_list()), listed)
    if maps != len(table):
        raise InputError(f"{path}: {maps} maps, but the manifest lists {len(table)} images")
    return np.arange(maps)


def digest(sha256: list[str]) -> str:
    """Digest of a list of images, in 16 hexadecimal digits, from the SHA-256 of their files in order."""
    return hashlib.sha256("\n".join(sha256).encode()).hexdigest()[:16]


def _by_name(images: list[str], listed: list[str], named: str) -> np.ndarray:
    place = {name: number for number, name in enumerate(listed)}
    missing = next((image for image in images if image not in place), None)
    if missing is not None:
        raise InputError(f"names: {named}: no map of {missing}, which the manifest lists")
    return np.array([place[image] for image in images])


def _check_digest(path: str, given: str, found: str, listed: str) -> None:
    if not given:
        how = f"name them in a text file (setting 'names'), or set manifest: '{found}'"
        raise InputError(f"{path}: nothing says of which images the maps are; {how} if their order is that of {listed}")
    if given != found:
        raise InputError(f"{path}: made for images of digest {given}, but those of {listed} have {found}")


def _npy_header(path: str) -> tuple[tuple[int, ...], str]:
    array = open_memmap(path, mode="r")
    return array.shape, str(array.dtype)


def _stored(path: str) -> _Stored:
    """The array, by the JSON beside its chunks, so that planning need not import zarr."""
    for folder in (Path(path), Path(path, _IN_STORES)):
        for form, file, dtype in _HEADERS:
            if not (folder / file).is_file():
                continue
            header = json.loads((folder / file).read_text(encoding="utf-8"))
            if "shape" in header:
                _refuse_pickles(path, header)
                return _Stored(tuple(header["shape"]), str(header[dtype]), folder, form)
    raise ValueError(path)


def _refuse_pickles(path: str, header: dict[str, Any]) -> None:
    """Of the codecs that Zarr's format 2 may name, this one runs what the chunks say."""
    codecs = [header.get("compressor") or {}, *(header.get("filters") or [])]
    if any(codec.get("id") == "pickle" for codec in codecs):
        raise InputError(f"{path}: its chunks are pickles, which may run code; store it with another codec")


def _opened(path: str) -> Any:
    """The array; it takes a list of places."""
    if not Path(path).is_dir():
        return open_memmap(path, mode="r")
    import zarr

    # Not by its group, whose copy of the metadata (.zmetadata) may say something else.
    stored = _stored(path)
    return zarr.open_array(stored.folder, mode="r", zarr_format=stored.form).oindex
