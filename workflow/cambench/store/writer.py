"""Write chunk files from blocks of rows, and finish Zarr stores: chunks first, metadata last."""

import json
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import zarr
from zarr.core.buffer import default_buffer_prototype
from zarr.core.sync import sync
from zarr.errors import ZarrUserWarning
from zarr.storage import MemoryStore

from ..errors import InputError
from . import chunkfile
from .files import replacing, telling, write_atomically
from .layout import (
    SETTINGS,
    ArraySpec,
    Shapes,
    StoreSpec,
    array,
    axes,
    chunk,
    coordinates,
    identity,
    metadata,
    shard_count,
)
from .reader import refusing
from .stages import STAGES

DIGESTS = "chunk_digests"  # attribute of a variable: of each of its chunk files


@contextmanager
def writing(
    paths: Mapping[str, str], stage: str, rows_per_chunk: int, settings: str = ""
) -> Iterator[Callable[[Mapping[str, np.ndarray]], None]]:
    """Write one shard of a stage, one chunk file per variable, from blocks of rows as they come.

    A thread writes them in order while the next block is made; no more than two blocks and a part of each chunk are in
    memory. No file takes its place before all are whole.

    **Arguments:** `paths` by variable; `rows_per_chunk`: a short last shard is padded with the fill value, as Zarr
    does; `settings` digest of those that the shard is made with. **Yields:** a function that takes a block: by variable
    rows of shape (rows, ...).
    """
    with ExitStack() as stack:
        temporary = {name: stack.enter_context(replacing(path)) for name, path in paths.items()}
        files = {name: stack.enter_context(path.open("wb")) for name, path in temporary.items()}
        writers: dict[str, chunkfile.Writer] = {}
        thread = stack.enter_context(ThreadPoolExecutor(1))
        last = thread.submit(lambda: None)

        def append(block: Mapping[str, np.ndarray]) -> None:
            for name, rows in block.items():
                with telling(paths[name]):
                    if name not in writers:
                        spec = ArraySpec(stage, name, rows_per_chunk, rows.shape[1:], settings)
                        writers[name] = chunkfile.Writer(files[name], paths[name], spec)
                    writers[name].append(rows)

        def put(block: Mapping[str, np.ndarray]) -> None:
            nonlocal last
            last.result()
            last = thread.submit(append, {name: np.asarray(block[name]) for name in paths})

        yield put
        last.result()
        for name, writer in writers.items():
            with telling(paths[name]):
                writer.close()
                files[name].close()


def finish(
    root: str | Path, spec: StoreSpec, images: int, shapes: Shapes, attributes: dict, said: Mapping[str, str]
) -> None:
    """(Re)write a store's metadata and coordinates, consolidated, the root's last; chunk files are not touched.

    **Arguments:** `said` SHA-256 of chunk files as the jobs that wrote them said, by path below the run's folder.
    **Raises:** `InputError` for a chunk that is missing, made with other settings, or not what its job wrote; one whose
    job's log is lost is held against the store's earlier metadata.
    """
    stage, memory = spec["stage"], MemoryStore()
    group = zarr.create_group(memory, attributes={**attributes, SETTINGS: spec["settings"]})
    for name in STAGES[stage].writes:
        of = array(stage, name, spec["rows_per_chunk"], shapes, spec["settings"])
        paths = [chunk(str(root), stage, name, shard) for shard in range(shard_count(images, of.rows_per_chunk))]
        digests = {DIGESTS: _digests(paths, of, _earlier(f"{root}/{name}/zarr.json"), said)}
        spared = any(chunkfile.is_empty(path, of) for path in paths)
        chunkfile.create(memory, chunkfile.emptied(of) if spared else of, images, name, digests)
    _coordinates(group, stage, images, shapes)
    with warnings.catch_warnings():
        # Zarr warns that others may not know consolidated metadata; those read the plain metadata beside it.
        warnings.simplefilter("ignore", ZarrUserWarning)
        zarr.consolidate_metadata(memory)
    for path in reversed(metadata("", stage)):
        key = path.removeprefix("/")
        buffer = sync(memory.get(key, default_buffer_prototype()))
        assert buffer is not None
        write_atomically(Path(root) / key, buffer.to_bytes())


def _coordinates(group: zarr.Group, stage: str, images: int, shapes: Shapes) -> None:
    places = axes(stage, shapes)
    for name in coordinates(stage):
        values = np.arange(images) if name == "image" else np.asarray(places[name], np.float64)
        options: dict = {"dimension_names": (name,), "config": {"write_empty_chunks": True}}  # an axis may be [0]
        coordinate = group.create_array(name, shape=values.shape, chunks=values.shape, dtype=values.dtype, **options)
        coordinate[:] = values


def _digests(paths: Sequence[str], of: ArraySpec, earlier: Sequence[str], said: Mapping[str, str]) -> list[str]:
    """Digest of every chunk file of a variable."""
    found = []
    for shard, path in enumerate(paths):
        with refusing(path):
            chunkfile.check(path, of)
            digest = chunkfile.digest(path)
        wrote = said.get(identity(path, of.stage), earlier[shard] if shard < len(earlier) else digest)
        if not wrote.startswith(digest):
            raise InputError(f"{path}: not what its job wrote; mend: rm {path}, then run again")
        found.append(digest)
    return found


def _earlier(path: str) -> list[str]:
    """The digests in an array's metadata, as they were before."""
    try:
        return list(map(str, json.loads(Path(path).read_text(encoding="utf-8"))["attributes"][DIGESTS]))
    except (OSError, ValueError, KeyError, TypeError):
        return []
