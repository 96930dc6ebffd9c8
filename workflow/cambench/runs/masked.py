"""Masked inputs x U(S) of a finished run, for those who compute maps of them elsewhere: Coherency needs both maps."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.format import open_memmap

from ..errors import InputError, shown
from ..masks import masks
from ..store import files

if TYPE_CHECKING:
    from .run import Run

_BLOCK = 32  # images that are in memory at once


def inputs(run: "Run", network: str, method: str, images: slice) -> np.ndarray:
    """Masked inputs x U(S) of a slice of the images, normalised, float32 (n, 3, H, W), as stage `masked` forwards them.

    They are those of the run to rounding: it upsamples with torch, and this with numpy. With `masking.space: pixels`
    the pixels are multiplied, and then normalised. **Raises:** `InputError` for what the run has not.
    """
    if not isinstance(images, slice):
        raise InputError(f"images: give a slice of them, such as slice(0, 8), not {shown(images)}")
    facts, masking = run.networks[run.network(network)], run.masking(method)
    raw = run.reader(network, method)("saliency.raw")[images]
    height, width = facts["input"]
    weights = masks(raw, (height, width), masking)[..., None]
    pixels = run.reader(network)("images.pixels")[images]
    clean = _normalised(pixels, facts["preprocessing"])
    if masking.space == "normalised":
        return np.ascontiguousarray((clean * weights).transpose(0, 3, 1, 2))
    black = _normalised(np.zeros_like(pixels[:1]), facts["preprocessing"])
    return np.ascontiguousarray((black + (clean - black) * weights).transpose(0, 3, 1, 2))


def export(
    run: "Run",
    out: str | Path,
    network: str | None = None,
    method: str | None = None,
    advance: Callable[[int], object] = lambda images: None,
) -> list[Path]:
    """Write masked inputs, a few images at a time, and beside them the images' paths, one line each, in their order.

    **Arguments:** `out` is a new path: a `.npy` file, float32 (images, 3, H, W), of one network and method; or a
    `.zarr` group with an array `NETWORK/METHOD` for each; `network` and `method` None stand for all; `advance` is
    called with the number of images that were written. **Returns:** the two paths. **Raises:** `InputError`, also if
    `out` is there already.
    """
    where = Path(out)
    listed = where.with_suffix(".txt")
    pairs = run.some(network, method)
    for path in (where, listed):
        if path.exists():
            raise InputError(f"{path}: is there already; remove it, or name another file")
    if where.suffix == ".npy" and len(pairs) > 1:
        raise InputError(f"{where}: a .npy file holds one network and method; name them, or write a .zarr")
    if where.suffix not in (".npy", ".zarr"):
        raise InputError(f"{where}: must end in .npy or .zarr")
    with _replacing(where) as temporary:
        for pair in pairs:
            _write(run, temporary, where.suffix, pair, advance)
    files.write_atomically(listed, "".join(f"{path}\n" for path in run.manifest["path"]))
    return [where, listed]


def _write(run: "Run", temporary: Path, kind: str, pair: tuple[str, str], advance: Callable[[int], object]) -> None:
    height, width = run.networks[pair[0]]["input"]
    shape = (run.images, 3, height, width)
    array: Any = open_memmap(temporary, "w+", np.float32, shape) if kind == ".npy" else _array(temporary, pair, shape)
    for start in range(0, run.images, _BLOCK):
        block = inputs(run, *pair, slice(start, start + _BLOCK))
        array[start : start + len(block)] = block
        advance(len(block))
    if kind == ".npy":
        array.flush()


def _array(folder: Path, pair: tuple[str, str], shape: tuple[int, ...]) -> Any:
    import zarr

    group = zarr.open_group(folder, mode="a")
    chunks = (min(_BLOCK, shape[0]), *shape[1:])
    names = ("image", "channel", "y", "x")
    return group.create_array("/".join(pair), shape=shape, chunks=chunks, dtype="float32", dimension_names=names)


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """As `files.replacing`, also of a folder, which is removed after an error."""
    with files.replacing(path) as temporary:
        try:
            yield temporary
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise


def _normalised(pixels: np.ndarray, preprocessing: dict[str, Any]) -> np.ndarray:
    """Network input, float32 (n, H, W, 3), of pixels, uint8; the arithmetic of `networks.build.normalise`."""
    mean, std = (np.asarray(preprocessing[key], np.float32) for key in ("mean", "std"))
    scale, shift = np.float32(1) / (np.float32(255) * std), mean / std
    return pixels.astype(np.float32) * scale - shift
