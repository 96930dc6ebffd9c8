"""Rows of a large variable, read in parts when they are asked for; the next part is read meanwhile."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from . import chunkfile, store


class LazyRows:
    """What numpy's slices of rows are, without all of them in memory: two parts of a chunk file are."""

    def __init__(
        self, paths: Sequence[str], stage: str, name: str, rows: tuple[int, int], size: int, tail: tuple[int, ...]
    ) -> None:
        """Rows [start, stop) of a variable from the chunk files that cover them, of `size` rows each."""
        self._paths, self._what, self._rows, self._size = paths, (stage, name), rows, size
        self._part, self._first = chunkfile.part(stage, name, size, tail), rows[0] // size
        self.shape = (rows[1] - rows[0], *tail)
        self._reader = ThreadPoolExecutor(1)
        self._parts: dict[int, Future[np.ndarray]] = {}

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, wanted: slice) -> np.ndarray:
        """Rows of a slice without a step. **Raises:** `InputError` for a chunk that is missing or damaged."""
        start, stop, _ = wanted.indices(len(self))
        start, stop = start + self._rows[0], stop + self._rows[0]
        parts = range(start // self._part, -(-stop // self._part))
        data = np.concatenate([self._read(number) for number in parts])
        return data[start - parts.start * self._part :][: stop - start]

    def _read(self, number: int) -> np.ndarray:
        last = (self._rows[1] - 1) // self._part
        ahead = range(number, min(number + 1, last) + 1)
        self._parts = {n: self._parts.get(n) or self._reader.submit(self._decode, n) for n in ahead}
        return self._parts[number].result()

    def _decode(self, number: int) -> np.ndarray:
        first = number * self._part
        path, inside = self._paths[first // self._size - self._first], first % self._size
        with store.refusing(path):
            return chunkfile.read(path, *self._what, (inside, inside + self._part), self._size, self.shape[1:])
