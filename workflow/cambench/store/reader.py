"""Read rows from chunk files, in parts, when they are asked for; the next part is read meanwhile."""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Protocol

import numpy as np

from ..errors import InputError
from . import chunkfile
from .layout import ArraySpec, Shapes, array, shard_of


class Rows(Protocol):
    """Rows of one variable: an array, or what reads them when they are asked for."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    def __len__(self) -> int: ...
    def __getitem__(self, wanted: slice, /) -> np.ndarray: ...


class Reader:
    """Variables of one network, or of one network and method, read from chunk files."""

    def __init__(
        self,
        paths: Mapping[str, Sequence[str]],
        rows: tuple[int, int],
        shards: Mapping[str, int],
        shapes: Shapes,
        made: Mapping[str, str],
    ) -> None:
        """`paths` by `stage.variable`, of chunk files of `shards` rows (by stage) that cover `rows` [start, stop).

        `made` is the digest of the settings that they have to be made with, by stage.
        """
        self.shapes, self._paths, self._rows, self._shards, self._made = shapes, paths, rows, shards, made
        self._opened: dict[str, LazyRows] = {}

    def __call__(self, name: str) -> "LazyRows":
        """The rows of a variable, `stage.variable`."""
        if name not in self._opened:
            stage, variable = name.split(".")
            spec = array(stage, variable, self._shards[stage], self.shapes, self._made[stage])
            self._opened[name] = LazyRows(self._paths[name], spec, self._rows)
        return self._opened[name]


class LazyRows:
    """What numpy's slices of rows are, without all of them in memory: two parts of a chunk file are."""

    def __init__(self, paths: Sequence[str], spec: ArraySpec, rows: tuple[int, int]) -> None:
        """Rows [start, stop) of a variable; `paths` of the chunk files of those that will be asked for."""
        self._paths = {shard_of(path): path for path in paths}
        self._spec, self._rows, self._part = spec, rows, chunkfile.part(spec)
        self._reader = ThreadPoolExecutor(1)
        self._parts: dict[int, Future[np.ndarray]] = {}

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self), *self._spec.item_shape)

    def __len__(self) -> int:
        return self._rows[1] - self._rows[0]

    @property
    def are_spared(self) -> bool:
        """Whether some of the chunk files hold nothing (see `stages.Variable`). **Raises:** as slices of rows."""
        empty = [_is_empty(path, self._spec) for path in self._paths.values()]  # all are looked at
        return any(empty)

    def __getitem__(self, wanted: slice) -> np.ndarray:
        """Rows of a slice without a step. **Raises:** `InputError` for a chunk that is missing or damaged."""
        start, stop, _ = wanted.indices(len(self))
        start, stop = start + self._rows[0], stop + self._rows[0]
        parts = range(start // self._part, -(-stop // self._part))
        data = np.concatenate([self._read(number) for number in parts])
        return data[start - parts.start * self._part :][: stop - start]

    def _read(self, number: int) -> np.ndarray:
        wanted = [number]
        if (number + 1) * self._part < self._rows[1] and self._place(number + 1)[0] in self._paths:
            wanted.append(number + 1)
        self._parts = {n: self._parts.get(n) or self._reader.submit(self._decode, n) for n in wanted}
        return self._parts[number].result()

    def _place(self, number: int) -> tuple[int, int]:
        """Shard of a part, and its first row there."""
        return divmod(number * self._part, self._spec.rows_per_chunk)

    def _decode(self, number: int) -> np.ndarray:
        shard, inside = self._place(number)
        path = self._paths[shard]
        with refusing(path):
            return chunkfile.read(path, self._spec, (inside, inside + self._part))


def _is_empty(path: str, spec: ArraySpec) -> bool:
    with refusing(path):
        return chunkfile.is_empty(path, spec)


@contextmanager
def refusing(path: str) -> Iterator[None]:
    """Put a chunk aside that turns out to be damaged.

    **Raises:** `InputError`, also for a chunk that is missing, cannot be read, or was made with other settings.
    """
    try:
        with naming(path):
            yield
    except chunkfile.OtherSettingsError as error:
        raise InputError(f"{path}: {error}; mend: rm {path}, then run again") from error
    except ValueError as error:
        with suppress(FileNotFoundError):  # another job that reads it has been faster
            os.replace(path, f"{path}.damaged")
        raise InputError(
            f"{path}: damaged chunk ({error}), put aside as .damaged; run again to make it anew"
        ) from error


@contextmanager
def naming(path: str) -> Iterator[None]:
    """Name a chunk that is not there, or cannot be read. **Raises:** `InputError`."""
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"{path}: chunk is missing; run again to make it") from None
    except OSError as error:
        raise InputError(f"{path}: unreadable: {error.strerror}") from error
