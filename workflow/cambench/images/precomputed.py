"""Maps that were computed elsewhere: a .npy file or a Zarr array in the manifest's order, checked and read by row."""

import json
from pathlib import Path

import numpy as np

from ..errors import InputError

_IN_STORES = "raw"  # the array's name in stores of cambench


def shape(path: str) -> tuple[int, int, int]:
    """(n, h, w), read from the header alone. **Raises:** `InputError` for anything but an array of float maps."""
    if not Path(path).exists():
        raise InputError(f"{path}: no such file or folder")
    try:
        found, dtype = _zarr_header(path) if Path(path).is_dir() else _npy_header(path)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"{path}: neither a .npy file nor a Zarr array (or a group with an array {_IN_STORES!r})"
        ) from error
    if len(found) != 3 or np.dtype(dtype).kind != "f":
        raise InputError(f"{path}: maps must be floats of shape (images, height, width), not {dtype} of shape {found}")
    return found[0], found[1], found[2]


def read(path: str, rows: np.ndarray, manifest: str, names: str = "") -> np.ndarray:
    """Maps float32 (len(rows), h, w) of some rows of the manifest.

    **Arguments:** `rows` int64, consecutive; `names` a text file of the images' paths in the order of the maps, if
    there is one. **Raises:** `InputError` if there are not as many maps as images, their order is not the manifest's,
    or a value is not finite.
    """
    _check(path, manifest, names)
    source = _zarr_array(path) if Path(path).is_dir() else np.load(path, mmap_mode="r", allow_pickle=False)
    maps = np.array(source[int(rows[0]) : int(rows[-1]) + 1], np.float32)
    bad = np.flatnonzero(~np.isfinite(maps).all((1, 2)))
    if len(bad):
        raise InputError(f"{path}: map {rows[bad[0]]} has values that are not finite")
    return maps


def _check(path: str, manifest: str, names: str) -> None:
    import polars as pl

    images, maps = pl.read_parquet(manifest, columns=["path"])["path"].to_list(), shape(path)[0]
    if maps != len(images):
        raise InputError(f"{path}: {maps} maps, but the manifest lists {len(images)} images")
    if not names:
        return
    listed = Path(names).read_text().split("\n")[:maps]
    for row, (theirs, ours) in enumerate(zip(listed, images, strict=False)):
        if theirs.strip() != ours:
            raise InputError(f"{names}: map {row} is of {theirs.strip()}, but image {row} of the manifest is {ours}")
    if len(listed) < maps:
        raise InputError(f"{names}: {len(listed)} names for {maps} maps")


def _npy_header(path: str) -> tuple[tuple[int, ...], str]:
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    return array.shape, str(array.dtype)


def _zarr_header(path: str) -> tuple[tuple[int, ...], str]:
    """Shape and dtype from the JSON beside the chunks (Zarr format 3 or 2), so that planning need not import zarr."""
    for folder in (Path(path), Path(path, _IN_STORES)):
        for file, dtype in (("zarr.json", "data_type"), (".zarray", "dtype")):
            if (folder / file).is_file() and "shape" in (header := json.loads((folder / file).read_text())):
                return tuple(header["shape"]), str(header[dtype])
    raise ValueError(path)


def _zarr_array(path: str) -> np.ndarray:
    import zarr

    opened = zarr.open(path, mode="r")
    return opened[_IN_STORES] if isinstance(opened, zarr.Group) else opened  # type: ignore[return-value]
