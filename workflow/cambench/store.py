"""Read and write chunk files and finish Zarr stores: chunks first, metadata last."""

import io
import os
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import zarr
from zarr.codecs import ZstdCodec
from zarr.core.buffer import default_buffer_prototype
from zarr.core.sync import sync
from zarr.errors import ZarrUserWarning
from zarr.storage import LocalStore, MemoryStore

from .errors import InputError
from .layout import STORES, chunk, coordinates, metadata

if TYPE_CHECKING:  # jobs that write no table start without polars
    import polars as pl

# The checksum makes a damaged chunk an error instead of wrong numbers.
_COMPRESSOR = ZstdCodec(level=1, checksum=True)


def write_atomically(path: str | Path, data: bytes) -> None:
    """Write a file under a temporary name beside it, then rename, so that it is whole or absent."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    temporary.write_bytes(data)
    os.replace(temporary, target)


def write_parquet(path: str | Path, table: "pl.DataFrame") -> None:
    """Write a table, whole or not at all; equal tables give equal bytes."""
    buffer = io.BytesIO()
    table.write_parquet(buffer)
    write_atomically(path, buffer.getvalue())


def write_shard(paths: Mapping[str, str], stage: str, arrays: Mapping[str, np.ndarray], size: int) -> None:
    """Write one shard of a stage, one chunk file a variable.

    **Arguments:** `paths` and `arrays` by variable, arrays of shape (rows, ...) with rows <= `size`; a short last
    shard is padded with the fill value, as Zarr does.
    """
    for name, spec in STORES[stage].items():
        block = np.asarray(arrays[name], spec.dtype)
        memory = MemoryStore()
        _create(memory, stage, name, size, size, block.shape[1:])[: len(block)] = block
        encoded = sync(memory.get(chunk("", stage, name, 0).removeprefix(f"/{name}/"), default_buffer_prototype()))
        assert encoded is not None
        write_atomically(paths[name], encoded.to_bytes())


def read_rows(
    paths: str | Sequence[str], stage: str, name: str, rows: tuple[int, int], size: int, tail: tuple[int, ...] = ()
) -> np.ndarray:
    """Rows [start, stop) of a variable from the chunk files that cover them.

    **Returns:** array (stop - start, *tail). **Raises:** `InputError` for a damaged chunk, which is put aside so that
    the next run makes it again.
    """
    paths = [paths] if isinstance(paths, str) else paths
    data = np.concatenate([_read_chunk(path, stage, name, size, tail) for path in paths])
    first = rows[0] // size * size
    return data[rows[0] - first : rows[1] - first]


def finish(
    root: str | Path, stage: str, images: int, size: int, axes: Mapping[str, Sequence[float]], attributes: dict
) -> None:
    """(Re)write a store's metadata and coordinates, consolidated, the root's last; chunk files are not touched.

    **Arguments:** `size` rows a chunk; `axes` the coordinates along every dimension but `image` that an image's values
    have. **Raises:** `InputError` if a chunk is missing.
    """
    _assert_complete(root, stage, images, size)
    memory = MemoryStore()
    group = zarr.create_group(memory, attributes=attributes)
    for name, spec in STORES[stage].items():
        _create(memory, stage, name, images, size, tuple(len(axes[dim]) for dim in spec.dims[1:]), path=name)
    for name in coordinates(stage):
        values = np.arange(images) if name == "image" else np.asarray(axes[name], np.float64)
        array = group.create_array(
            name, shape=values.shape, chunks=values.shape, dtype=values.dtype, dimension_names=(name,)
        )
        array[:] = values
    with warnings.catch_warnings():
        # Zarr warns that others may not know consolidated metadata; those read the plain metadata beside it.
        warnings.simplefilter("ignore", ZarrUserWarning)
        zarr.consolidate_metadata(memory)
    for path in reversed(metadata("", stage)):
        key = path.removeprefix("/")
        buffer = sync(memory.get(key, default_buffer_prototype()))
        assert buffer is not None
        write_atomically(Path(root) / key, buffer.to_bytes())


def _create(
    store: MemoryStore | LocalStore, stage: str, name: str, images: int, size: int, tail: tuple, path: str | None = None
) -> zarr.Array:
    spec = STORES[stage][name]
    return zarr.create_array(
        store,
        name=path,
        shape=(images, *tail),
        chunks=(size, *tail),
        dtype=spec.dtype,
        fill_value=spec.fill,
        dimension_names=spec.dims,
        compressors=_COMPRESSOR,
        config={"write_empty_chunks": True},
    )


def _read_chunk(path: str, stage: str, name: str, size: int, tail: tuple[int, ...]) -> np.ndarray:
    memory = MemoryStore()
    array = _create(memory, stage, name, size, size, tail)
    key = chunk("", stage, name, 0).removeprefix(f"/{name}/")
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: chunk is missing; run again to make it") from None
    sync(memory.set(key, default_buffer_prototype().buffer.from_bytes(data)))
    try:
        return np.asarray(array[:])
    except Exception as error:  # zarr and its codecs have no common exception for bytes that do not decode
        with suppress(FileNotFoundError):  # another job that reads it has been faster
            os.replace(path, f"{path}.damaged")
        raise InputError(f"{path}: damaged chunk, put aside as .damaged; run again to make it anew") from error


def _assert_complete(root: str | Path, stage: str, images: int, size: int) -> None:
    for name in STORES[stage]:
        for shard in range(-(-images // size)):
            path = chunk(str(root), stage, name, shard)
            if not Path(path).is_file():
                raise InputError(f"{path}: chunk is missing; run again to make it")
