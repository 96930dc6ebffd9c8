"""Read and write chunk files and finish Zarr stores: chunks first, metadata last."""

import io
import os
import secrets
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import zarr
from zarr.core.buffer import default_buffer_prototype
from zarr.core.sync import sync
from zarr.errors import ZarrUserWarning
from zarr.storage import MemoryStore

from . import chunkfile
from .errors import InputError
from .layout import STORES, chunk, coordinates, metadata, shard_count

if TYPE_CHECKING:  # jobs that write no table start without polars
    import polars as pl

DIGESTS = "chunk_digests"  # attribute of a variable: of each of its chunk files


def write_atomically(path: str | Path, data: bytes) -> None:
    """Write a file under a temporary name beside it, then rename, so that it is whole or absent.

    **Raises:** `InputError` if it can't be written: a full disk, a folder that is read-only.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(data)


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A temporary name to write to, which takes the place of `path` at the end, or is removed after an error."""
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        with _telling(path):
            target.parent.mkdir(parents=True, exist_ok=True)
            yield temporary
            os.replace(temporary, target)
    finally:
        with suppress(OSError):
            temporary.unlink()


@contextmanager
def _telling(path: str | Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error


def write_parquet(path: str | Path, table: "pl.DataFrame") -> None:
    """Write a table, whole or not at all; equal tables give equal bytes."""
    buffer = io.BytesIO()
    table.write_parquet(buffer)
    write_atomically(path, buffer.getvalue())


@contextmanager
def writing(paths: Mapping[str, str], stage: str, size: int) -> Iterator[Callable[[Mapping[str, np.ndarray]], None]]:
    """Write one shard of a stage, one chunk file a variable, from blocks of rows as they come.

    A thread writes them in order while the next block is made; no more than two blocks and a part of each chunk are in
    memory. No file takes its place before all are whole.

    **Arguments:** `paths` by variable; `size` rows a chunk: a short last shard is padded with the fill value, as Zarr
    does. **Yields:** a function that takes a block: by variable rows of shape (rows, ...).
    """
    with ExitStack() as stack:
        temporary = {name: stack.enter_context(replacing(path)) for name, path in paths.items()}
        files = {name: stack.enter_context(path.open("wb")) for name, path in temporary.items()}
        writers: dict[str, chunkfile.Writer] = {}
        thread = stack.enter_context(ThreadPoolExecutor(1))
        last = thread.submit(lambda: None)

        def append(block: Mapping[str, np.ndarray]) -> None:
            for name, rows in block.items():
                with _telling(paths[name]):
                    if name not in writers:
                        tail = rows.shape[1:]
                        writers[name] = chunkfile.Writer(files[name], paths[name], stage, name, size, tail)
                    writers[name].append(rows)

        def put(block: Mapping[str, np.ndarray]) -> None:
            nonlocal last
            last.result()
            last = thread.submit(append, {name: np.asarray(block[name]) for name in paths})

        yield put
        last.result()
        for name, writer in writers.items():
            with _telling(paths[name]):
                writer.close()
                files[name].close()


def finish(
    root: str | Path, stage: str, images: int, size: int, axes: Mapping[str, Sequence[float]], attributes: dict
) -> None:
    """(Re)write a store's metadata and coordinates, consolidated, the root's last; chunk files are not touched.

    **Arguments:** `size` rows a chunk; `axes` the coordinates along every dimension but `image` that an image's values
    have. **Raises:** `InputError` if a chunk is missing.
    """
    memory = MemoryStore()
    group = zarr.create_group(memory, attributes=attributes)
    for name, spec in STORES[stage].items():
        tail = tuple(len(axes[dim]) for dim in spec.dims[1:])
        digests = {DIGESTS: _digests(root, stage, name, shard_count(images, size))}
        chunkfile.create(memory, stage, name, images, size, tail, name, digests)
    for name in coordinates(stage):
        values = np.arange(images) if name == "image" else np.asarray(axes[name], np.float64)
        options: dict = {"dimension_names": (name,), "config": {"write_empty_chunks": True}}  # an axis may be [0]
        array = group.create_array(name, shape=values.shape, chunks=values.shape, dtype=values.dtype, **options)
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


@contextmanager
def refusing(path: str) -> Iterator[None]:
    """Put a chunk aside that turns out to be damaged. **Raises:** `InputError`, also for one that is missing."""
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"{path}: chunk is missing; run again to make it") from None
    except ValueError as error:
        with suppress(FileNotFoundError):  # another job that reads it has been faster
            os.replace(path, f"{path}.damaged")
        raise InputError(
            f"{path}: damaged chunk ({error}), put aside as .damaged; run again to make it anew"
        ) from error


def _digests(root: str | Path, stage: str, name: str, shards: int) -> list[str]:
    """Of every chunk file of a variable."""
    found = []
    for shard in range(shards):
        path = chunk(str(root), stage, name, shard)
        try:
            found.append(chunkfile.digest(path))
        except FileNotFoundError:
            raise InputError(f"{path}: chunk is missing; run again to make it") from None
    return found
