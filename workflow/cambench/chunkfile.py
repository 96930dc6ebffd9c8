"""One chunk file: the bytes that any reader of Zarr knows, and behind them a frame that says which chunk it is.

The frame is a skippable one of Zstandard (RFC 8878, 3.1.2), so readers of Zarr pass over it. A checksum tells a damaged
chunk; the frame tells a whole one that lies in the place of another. Chunk files of large variables are Zarr's shards,
of which a part can be read.
"""

import hashlib
import os
import struct
from typing import Any

import numpy as np
import zarr
from zarr.codecs import ZstdCodec
from zarr.core.buffer import default_buffer_prototype
from zarr.core.sync import sync
from zarr.storage import LocalStore, MemoryStore, StorePath

from .layout import STORES, chunk, identity

_COMPRESSOR = ZstdCodec(level=1, checksum=True)
_SHARDED = ("pixels",)  # variables too large to be read whole
_INNER = 64  # most rows of a part of them
_SKIPPABLE = 0x184D2A5C


def encode(path: str, stage: str, name: str, block: np.ndarray, size: int) -> bytes:
    """Contents of a chunk file from its rows (at most `size`; a short last chunk is padded with the fill value)."""
    memory = MemoryStore()
    create(memory, stage, name, size, size, block.shape[1:])[: len(block)] = block
    encoded = sync(memory.get(_key(stage, name), default_buffer_prototype()))
    assert encoded is not None
    return encoded.to_bytes() + _frame(path, stage)


def decode(path: str, stage: str, name: str, data: bytes, size: int, tail: tuple[int, ...]) -> np.ndarray:
    """Array (size, *tail) from the contents of a chunk file. **Raises:** `ValueError` for any but the right chunk."""
    if not data.endswith(_frame(path, stage)):
        raise ValueError("it is cut off, or another chunk's")
    memory = MemoryStore()
    array = create(memory, stage, name, size, size, tail)
    sync(memory.set(_key(stage, name), default_buffer_prototype().buffer.from_bytes(data)))
    try:
        return np.asarray(array[:])
    except Exception as error:  # zarr and its codecs have no common exception for bytes that do not decode
        raise ValueError("its checksum is wrong") from error


def decode_rows(
    path: str, stage: str, name: str, rows: tuple[int, int], size: int, tail: tuple[int, ...]
) -> np.ndarray:
    """Rows [start, stop) of one chunk file of a sharded variable; no others are read.

    **Raises:** `ValueError` for any but the right chunk; `FileNotFoundError`.
    """
    frame = _frame(path, stage)
    with open(path, "rb") as file:
        file.seek(-min(len(frame), file.seek(0, os.SEEK_END)), os.SEEK_END)
        if file.read() != frame:
            raise ValueError("it is cut off, or another chunk's")
    folder, _, shard = path.rpartition("/c/")
    first = int(shard.split("/")[0]) * size
    metadata: Any = create(MemoryStore(), stage, name, first + size, size, tail).metadata
    array = zarr.Array(zarr.AsyncArray(metadata, StorePath(LocalStore(folder, read_only=True))))
    try:
        return np.asarray(array[first + rows[0] : first + rows[1]])
    except Exception as error:
        raise ValueError("its checksum is wrong") from error


def part(name: str, size: int) -> int:
    """Rows that are read together from a chunk file of `size` rows: all, or the most that divide them evenly."""
    return max(rows for rows in range(1, min(size, _INNER) + 1) if size % rows == 0) if name in _SHARDED else size


def digest(data: bytes) -> str:
    """Digest of a file's contents as stores record it: 16 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()[:16]


def create(
    store: MemoryStore | LocalStore,
    stage: str,
    name: str,
    images: int,
    size: int,
    tail: tuple[int, ...],
    path: str | None = None,
    attributes: dict | None = None,
) -> zarr.Array:
    """A variable of a stage as a Zarr array (images, *tail), in chunks of `size` rows."""
    spec, rows = STORES[stage][name], part(name, size)
    # The index stands first, because the name stands last.
    shards: Any = {"shape": (size, *tail), "index_location": "start"} if rows < size else None
    return zarr.create_array(
        store,
        name=path,
        shape=(images, *tail),
        chunks=(rows, *tail),
        shards=shards,
        dtype=spec.dtype,
        fill_value=spec.fill,
        dimension_names=spec.dims,
        compressors=_COMPRESSOR,
        attributes=attributes,
        config={"write_empty_chunks": True},
    )


def _key(stage: str, name: str) -> str:
    return chunk("", stage, name, 0).removeprefix(f"/{name}/")


def _frame(path: str, stage: str) -> bytes:
    words = identity(path, stage).encode()
    return struct.pack("<II", _SKIPPABLE, len(words)) + words
