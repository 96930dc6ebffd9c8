"""Rows of the stores of a finished run, read where they lie: any thread may ask for any of them."""

import operator
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

import numpy as np

from ..errors import InputError
from ..store import chunkfile, layout
from ..store.layout import ArraySpec
from ..store.reader import naming

_MOST = 256 << 20  # bytes of decoded parts that are kept


class Parts:
    """Decoded parts of chunk files, the latest that were asked for, no more than `most` bytes of them."""

    def __init__(self, most: int = _MOST) -> None:
        self._most, self._held, self._lock = most, 0, Lock()
        self._parts: OrderedDict[tuple[str, int], np.ndarray] = OrderedDict()

    def get(self, key: tuple[str, int], decode: Callable[[], np.ndarray]) -> np.ndarray:
        """The part of a file, by path and first row, not to be changed; `decode` reads it where it is not kept."""
        with self._lock:
            if key in self._parts:
                self._parts.move_to_end(key)
                return self._parts[key]
        found = decode()
        with self._lock:
            if key not in self._parts:
                self._parts[key] = found
                self._held += found.nbytes
            while self._held > self._most and len(self._parts) > 1:
                self._held -= self._parts.popitem(last=False)[1].nbytes
        return found


class StoredRows:
    """One variable of a store as an array that is read when rows of it are asked for, and no more than their parts."""

    def __init__(self, root: str, spec: ArraySpec, images: int, parts: Parts) -> None:
        self._root, self._spec, self._images, self._parts = root, spec, images, parts
        self._step = chunkfile.part(spec)

    @property
    def shape(self) -> tuple[int, ...]:
        return (self._images, *self._spec.item_shape)

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(self._spec.variable.dtype)

    def __len__(self) -> int:
        return self._images

    def __getitem__(self, wanted: slice | int) -> np.ndarray:
        """One row, or those of a slice without a step. **Raises:** `InputError` for a chunk that is lost or damaged."""
        if not isinstance(wanted, slice):
            row = range(self._images)[operator.index(wanted)]
            return self[row : row + 1][0]
        start, stop, step = wanted.indices(self._images)
        if step != 1:
            raise InputError(f"{self._spec.name}: rows are read in order; give a slice without a step")
        if stop <= start or 0 in self._spec.item_shape:
            return np.empty((max(0, stop - start), *self._spec.item_shape), self.dtype)
        numbers = range(start // self._step, (stop - 1) // self._step + 1)
        first = numbers.start * self._step
        found = [self._part(number) for number in numbers]
        whole = found[0] if len(found) == 1 else np.concatenate(found)
        return whole[start - first : stop - first].copy()  # the part is others', too

    def _part(self, number: int) -> np.ndarray:
        shard, inside = divmod(number * self._step, self._spec.rows_per_chunk)
        path = layout.chunk(self._root, self._spec.stage, self._spec.name, shard)

        def decode() -> np.ndarray:
            with _telling(path):
                return chunkfile.read(path, self._spec, (inside, inside + self._step))

        return self._parts.get((path, inside), decode)


@contextmanager
def _telling(path: str) -> Iterator[None]:
    """Name a chunk that cannot be read. It stays where it is, for a reader of a run changes nothing there."""
    try:
        with naming(path):
            yield
    except ValueError as error:
        raise InputError(f"{path}: damaged chunk ({error}); mend: rm {path}, then run again") from error
