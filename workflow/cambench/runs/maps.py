"""Maps of a finished run as xarray has them: with the names of methods and images, and read when they are asked for."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

from ..errors import InputError, shown
from ..masks import masks
from ..store.layout import Shapes, axes

if TYPE_CHECKING:
    from .run import Run

KINDS = {
    "mask": "U(S) of the clean image, in [0, 1], as large as the network's input",
    "raw": "map of the clean image as the method returned it",
    "masked_raw": "map of the masked image as the method returned it",
}
Reading = Callable[[slice], np.ndarray]  # maps (n, h, w) of a slice of the images
_BLOCK = 64  # images whose masks are made at once


def dataset(run: "Run", network: str | None, method: str | Sequence[str] | None, kind: str = "mask") -> xr.Dataset:
    """A Dataset with one variable, float32, which is named as its kind and read when its values are asked for.

    Dimensions are cam (the label of the method; `sel` has an argument `method`), image, y, x; without cam if `method`
    is one label. `y` and `x` are pixels of the input, at
    the centres of the map's cells; `path`, `label` and `target` belong to the images.

    **Arguments:** `network` may be None if there is but one; `method` a label, several, or None for all; `kind` is
    `mask` (U(S), as large as the input), `raw` (as the method returned it) or `masked_raw` (of the masked input).
    **Raises:** `InputError` for what the run has not, and for raw maps of several sizes.
    """
    if kind not in KINDS:
        raise InputError(f"kind must be one of {', '.join(KINDS)}, not {shown(kind)}")
    name = run.network(network)
    chosen = [method] if isinstance(method, str) else list(run.methods if method is None else method)
    if not chosen:
        raise InputError(f"{run.path}: name at least one method")
    read = [_reader(run, name, label, kind) for label in chosen]
    sizes = _one_size({label: shape for label, (shape, _) in zip(chosen, read, strict=True)}, kind)
    lazy = indexing.LazilyIndexedArray(_Stacked([rows for _, rows in read], (run.images, *sizes)))
    variable = xr.Variable(("cam", "image", "y", "x"), lazy, {"description": KINDS[kind]})
    found = xr.Dataset({kind: variable}, _coordinates(run, name, chosen, sizes), {"network": name, "run": run.name})
    return found.isel(cam=0) if isinstance(method, str) else found


class _Stacked(BackendArray):
    """Maps of several methods, (methods, images, h, w), of which xarray asks for some."""

    def __init__(self, readers: Sequence[Reading], shape: tuple[int, int, int]) -> None:
        self._readers, self.shape, self.dtype = readers, (len(readers), *shape), np.dtype(np.float32)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.BASIC, self._read)

    def _read(self, key: tuple[int | slice, ...]) -> np.ndarray:
        which, images, *cells = key
        numbers, rows = np.arange(self.shape[0])[which], np.arange(self.shape[1])[images]
        found = [self._some(self._readers[number], np.atleast_1d(rows), cells) for number in np.atleast_1d(numbers)]
        made = np.stack(found)
        made = made if np.ndim(rows) else made[:, 0]
        return made if np.ndim(numbers) else made[0]

    def _some(self, read: Reading, rows: np.ndarray, cells: list[int | slice]) -> np.ndarray:
        """Some cells of the maps of some images; of images far from each other, no others are read."""
        together = len(rows) < 2 or rows[1] - rows[0] == 1
        spans = [rows] if together else np.split(rows, len(rows))
        found = [read(slice(int(span[0]), int(span[-1]) + 1))[(slice(None), *cells)] for span in spans if len(span)]
        return np.concatenate(found) if found else read(slice(0, 0))[(slice(None), *cells)]


def _reader(run: "Run", network: str, label: str, kind: str) -> tuple[tuple[int, int], Reading]:
    """Size of a method's maps, and what reads those of some images."""
    if kind == "masked_raw" and not run.has_masked_maps(label):
        raise InputError(f"{run.path}: {label} has no maps of masked images")
    rows = run.reader(network, label)("masked.raw" if kind == "masked_raw" else "saliency.raw")
    if kind != "mask":
        return (rows.shape[1], rows.shape[2]), rows.__getitem__
    (height, width), masking = run.networks[network]["input"], run.masking(label)

    def read(wanted: slice) -> np.ndarray:
        blocks = [rows[first : min(first + _BLOCK, wanted.stop)] for first in range(wanted.start, wanted.stop, _BLOCK)]
        made = [masks(block, (height, width), masking) for block in blocks]
        return np.concatenate(made) if made else np.empty((0, height, width), np.float32)

    return (height, width), read


def _one_size(sizes: dict[str, tuple[int, int]], kind: str) -> tuple[int, int]:
    """The size of all maps. **Raises:** `InputError` if there are several."""
    if len(set(sizes.values())) > 1:
        said = ", ".join(f"{label} {h} x {w}" for label, (h, w) in sizes.items())
        raise InputError(f"maps of kind {kind} differ in size: {said}; name methods of one size, or take kind='mask'")
    return next(iter(sizes.values()))


def _coordinates(run: "Run", network: str, methods: list[str], sizes: tuple[int, int]) -> dict[str, Any]:
    height, width = run.networks[network]["input"]
    places = axes("saliency", Shapes((height, width), sizes))
    target = run.reader(network)("predictions.target")[:]
    listed = {name: ("image", run.manifest[name].to_numpy()) for name in ("path", "label")}
    own = {"cam": methods, "image": np.arange(run.images), "target": ("image", target), **listed}
    return own | {axis: places[axis] for axis in ("y", "x")}
