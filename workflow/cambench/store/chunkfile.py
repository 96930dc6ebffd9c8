"""One chunk file: the bytes that any reader of Zarr knows, and behind them a frame that says which chunk it is.

The frame is a skippable one of Zstandard (RFC 8878, 3.1.2), so readers of Zarr pass over it. A checksum tells a damaged
chunk; the frame tells a whole one that lies in the place of another, or was made with other settings. Large chunk files
are Zarr's shards, which are written and read in parts.
"""

import math
import os
import struct
from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np
import zarr
from zarr.codecs import Crc32cCodec, ZstdCodec
from zarr.core.buffer import default_buffer_prototype
from zarr.core.sync import sync
from zarr.storage import LocalStore, MemoryStore, StorePath

from . import written
from .layout import ArraySpec, identity, shard_of

_COMPRESSOR = ZstdCodec(level=1, checksum=True)
_PART = 16 << 20  # most bytes that are written or read together, before compression
_ABSENT = 2**64 - 1  # a part's place in the index of a shard that ends before it
_SKIPPABLE = 0x184D2A5C


class OtherSettingsError(ValueError):
    """A whole chunk, made with other settings than those that are asked for."""


class Writer:
    """Writes a chunk file from rows as they come: no more than a part of it is in memory."""

    def __init__(self, file: BinaryIO, path: str, array: ArraySpec) -> None:
        """`file` opened for writing, which is to be renamed to `path`."""
        self._file, self._frame, self._rows = file, _frame(path, array), part(array)
        self._index = np.full((array.rows_per_chunk // self._rows, 2), _ABSENT, np.uint64)
        # One buffer for all parts: arrays that outlive a batch would lie between its tensors and break the heap up.
        self._part, self._fill = np.empty((self._rows, *array.item_shape), array.variable.dtype), array.variable.fill
        self._held, self._done, self._sharded = 0, 0, self._rows < array.rows_per_chunk
        if self._sharded:  # the index is at the start of the file, but is known only at the end
            file.write(_encode(self._index, Crc32cCodec()))

    def append(self, rows: np.ndarray) -> None:
        """Add rows (any number, *item_shape), and write the parts that are full."""
        while len(rows):
            taken = rows[: self._rows - self._held]
            self._part[self._held : self._held + len(taken)] = taken
            self._held, rows = self._held + len(taken), rows[len(taken) :]
            if self._held == self._rows:
                self._write()

    def close(self) -> None:
        """Pad the last part with the fill value, as Zarr does; write the index and the name."""
        if self._held:
            self._part[self._held :] = self._fill
            self._write()
        self._file.write(self._frame)
        if self._sharded:
            self._file.seek(0)
            self._file.write(_encode(self._index, Crc32cCodec()))

    def _write(self) -> None:
        data = _encode(self._part, _COMPRESSOR) if self._part.size else b""
        self._index[self._done] = self._file.tell(), len(data)
        self._file.write(data)
        self._held, self._done = 0, self._done + 1


def read(path: str, array: ArraySpec, rows: tuple[int, int]) -> np.ndarray:
    """Rows [start, stop) of one chunk file; no other parts are read.

    **Raises:** `ValueError` for any but the right chunk; `OtherSettingsError`; `FileNotFoundError`.
    """
    check(path, array)
    folder, first = path.rpartition("/c/")[0], shard_of(path) * array.rows_per_chunk
    metadata: Any = create(MemoryStore(), array, first + array.rows_per_chunk).metadata
    opened = zarr.Array(zarr.AsyncArray(metadata, StorePath(LocalStore(folder, read_only=True))))
    try:
        return np.asarray(opened[first + rows[0] : first + rows[1]])
    except Exception as error:  # zarr and its codecs have no common exception for bytes that do not decode
        raise ValueError("its checksum is wrong") from error


def check(path: str, array: ArraySpec) -> None:
    """Look whether a file ends as the right chunk does. **Raises:** as `read`."""
    frame = _frame(path, array)
    with open(path, "rb") as file:
        file.seek(-min(len(frame), file.seek(0, os.SEEK_END)), os.SEEK_END)
        found = file.read()
    digits = len(array.settings)
    if found[: len(frame) - digits] != frame[: len(frame) - digits]:
        raise ValueError("it is cut off, or another chunk's")
    if found != frame:
        raise OtherSettingsError("made with other settings")


def is_empty(path: str, array: ArraySpec) -> bool:
    """Whether a chunk file holds nothing but its name, because it was to be spared. **Raises:** as `read`."""
    if not array.variable.spared:
        return False
    check(path, array)
    return os.path.getsize(path) == len(_frame(path, array))


def emptied(array: ArraySpec) -> ArraySpec:
    """A variable that is spared, without channels: what stores say of it, so that no reader takes it for data."""
    return replace(array, item_shape=(0, *array.item_shape[1:]))


def part(array: ArraySpec) -> int:
    """Rows of a chunk file that are written or read together: all, or the most that divide them evenly."""
    size = array.rows_per_chunk
    most = max(1, _PART // max(1, math.prod(array.item_shape) * np.dtype(array.variable.dtype).itemsize))
    return max(rows for rows in range(1, min(size, most) + 1) if size % rows == 0)


def digest(path: str) -> str:
    """Digest of a file's contents as stores record it: 16 hexadecimal digits."""
    return written.sha256(path)[:16]


def create(
    store: MemoryStore | LocalStore,
    array: ArraySpec,
    images: int,
    path: str | None = None,
    attributes: dict | None = None,
) -> zarr.Array:
    """A variable of a stage as a Zarr array (images, *item_shape)."""
    rows, shape = part(array), array.item_shape
    # The index stands first, because the name stands last.
    sharded = {"shape": (array.rows_per_chunk, *shape), "index_location": "start"}
    shards: Any = sharded if rows < array.rows_per_chunk else None
    return zarr.create_array(
        store,
        name=path,
        shape=(images, *shape),
        chunks=(rows, *(max(1, side) for side in shape)),
        shards=shards,
        dtype=array.variable.dtype,
        fill_value=array.variable.fill,
        dimension_names=array.variable.dims,
        compressors=_COMPRESSOR,
        attributes=attributes,
        config={"write_empty_chunks": True},
    )


def _encode(block: np.ndarray, codec: Any) -> bytes:
    """The bytes of a Zarr chunk: little-endian numbers through one codec."""
    memory = MemoryStore()
    options: dict = {"filters": None, "compressors": codec, "config": {"write_empty_chunks": True}}
    zarr.create_array(memory, shape=block.shape, chunks=block.shape, dtype=block.dtype, **options)[...] = block
    encoded = sync(memory.get("/".join(["c", *"0" * block.ndim]), default_buffer_prototype()))
    assert encoded is not None
    return encoded.to_bytes()


def _frame(path: str, array: ArraySpec) -> bytes:
    words = f"{identity(path, array.stage)}\n{array.settings}".encode()
    return struct.pack("<II", _SKIPPABLE, len(words)) + words
