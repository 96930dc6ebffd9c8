"""Read a whole run and report every defect of it, with the command that mends it."""

import hashlib
import io
import json
import shlex
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import zarr

from ..errors import InputError
from ..images import manifest
from ..store import chunkfile, layout, network
from ..store.layout import Shapes, StoreSpec
from ..store.stages import STAGES
from ..store.writer import DIGESTS

_SKEW = 60  # seconds that a file may be ahead of this machine's clock


@dataclass(frozen=True)
class Defect:
    """What is wrong with a file, and what has to be done before the next run mends it."""

    path: str
    what: str
    first: str = ""  # rm or touch; nothing if the next run sees it by itself
    rerun: bool = True

    def line(self, again: str) -> str:
        """One line that ends in the command."""
        steps = [f"{self.first} {shlex.quote(self.path)}"] * bool(self.first) + [again] * self.rerun
        return f"{self.path}: {self.what}; mend: {' && '.join(steps)}"


Task = Callable[[], Iterator[Defect]]


@dataclass(frozen=True)
class _Store:
    """A store that is looked at: what it has to be, where it lies, and the shapes of what it holds."""

    spec: StoreSpec
    results: Path
    shapes: Shapes

    @property
    def stage(self) -> str:
        return self.spec["stage"]

    @property
    def root(self) -> str:
        return f"{self.results}/{layout.store(self.stage, *self.spec['names'])}"

    def array(self, name: str) -> layout.ArraySpec:
        return layout.array(self.stage, name, self.spec["rows_per_chunk"], self.shapes)


def verify(
    results: Path,
    root: Path,
    specs: list[StoreSpec],
    threads: int,
    expect: Callable[[int, str], object],
    advance: Callable[[int], object],
) -> list[Defect]:
    """Every defect of a run.

    **Arguments:** `results` the run's folder; `root` that of its images; `specs` what each store has to be; `expect`
    and `advance` for progress, in files.
    """
    path = f"{results}/manifest.parquet"
    try:
        listed = manifest.read(Path(path))
    except InputError:
        return [Defect(path, "damaged, so nothing can be held against it", "rm")]
    if listed is None:
        return [Defect(path, "is missing: nothing has been run")]
    tasks: list[Task] = [partial(_image, str(root / row["path"]), row) for row in listed.iter_rows(named=True)]
    for store in filter(None, (_store(spec, results) for spec in specs)):
        tasks += [partial(_metadata, store, len(listed)), *_chunks(store, listed)]
    tasks += [partial(_rows, path, len(listed)) for path in sorted(Path(results, "metrics").rglob("*.parquet"))]
    tasks.append(partial(_leftovers, results))
    tasks += _recorded(results)
    expect(len(tasks), "file")
    found = []
    with ThreadPoolExecutor(threads) as pool:
        for defects in pool.map(lambda task: list(task()), tasks):
            found += defects
            advance(1)
    return list(dict.fromkeys(found))


def _store(spec: StoreSpec, results: Path) -> _Store | None:
    """None without the network's file, whose loss is a defect of its own."""
    facts = None
    if "network" in STAGES[spec["stage"]].per:
        try:
            facts = network.read(results / "networks" / f"{spec['names'][0]}.json")
        except (OSError, ValueError):
            return None
    return _Store(spec, results, Shapes.of(facts, spec["resolution"], spec["pixels_per_step"], spec["pixels"]))


def _image(path: str, row: dict) -> Iterator[Defect]:
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        yield Defect(path, f"is in the manifest, but: {error.strerror}")
        return
    if hashlib.sha256(data).hexdigest() != row["sha256"]:
        yield Defect(path, "changed since the manifest was made", "touch")


def _metadata(store: _Store, images: int) -> Iterator[Defect]:
    """A finished store's metadata against the manifest and the configuration."""
    path, group = f"{store.root}/zarr.json", _group(store)
    if group is None:
        missing = not Path(path).exists()
        yield Defect(path, "is missing: the store is not finished" if missing else "damaged", "" if missing else "rm")
        return
    for key, value in store.spec["attributes"].items():
        if group.attrs.get(key) != json.loads(json.dumps(value)):
            yield Defect(path, f"made with other settings ({key}) than the configuration's")
    for name in STAGES[store.stage].writes:
        shape, expected = getattr(group.get(name), "shape", None), (images, *store.array(name).item_shape)
        if shape != expected:
            yield Defect(path, f"{name} has shape {shape}, not {expected}", "rm")


def _group(store: _Store) -> zarr.Group | None:
    try:
        return zarr.open_group(store.root, mode="r")
    except Exception:  # whatever zarr raises for metadata that it can't read
        return None


def _chunks(store: _Store, listed: pl.DataFrame) -> list[Task]:
    group, tasks = _group(store), list[Task]()
    for name in STAGES[store.stage].writes:
        digests: Any = group[name].attrs.get(DIGESTS, []) if group is not None and name in group else []
        for shard in range(layout.shard_count(len(listed), store.spec["rows_per_chunk"])):
            digest = digests[shard] if shard < len(digests) else None
            tasks.append(partial(_chunk, store, name, shard, digest, listed))
    return tasks


def _chunk(store: _Store, name: str, shard: int, digest: str | None, listed: pl.DataFrame) -> Iterator[Defect]:
    path = layout.chunk(store.root, store.stage, name, shard)
    start, stop = layout.shard_rows(shard, store.spec["rows_per_chunk"], len(listed))
    try:
        facts = _facts(path, store.array(name), stop - start)
        found = chunkfile.digest(path)
    except FileNotFoundError:
        yield Defect(path, "chunk is missing")
        return
    except ValueError as error:
        yield Defect(path, f"damaged chunk: {error}", "rm")
        return
    if digest not in (None, found):
        yield Defect(path, "not the chunk that was recorded", "rm")
    yield from _from_the_future(path)
    yield from _values(path, store, name, facts, listed[start:stop])


def _facts(path: str, array: layout.ArraySpec, rows: int) -> np.ndarray:
    """Of each image the whole number, or whether its values are finite; a large chunk is read in parts."""
    step, found = chunkfile.part(array), []
    for first in range(0, rows, step):
        block = chunkfile.read(path, array, (first, min(first + step, rows)))
        found.append(block if block.dtype.kind == "i" else np.isfinite(block).reshape(len(block), -1).all(1))
    return np.concatenate(found)


def _values(path: str, store: _Store, name: str, facts: np.ndarray, listed: pl.DataFrame) -> Iterator[Defect]:
    """Labels and seeds against the manifest; values that are not finite against the table that counts them."""
    if name == "label" and not np.array_equal(facts, listed["label"]):
        yield Defect(path, "labels are not the manifest's", "rm")
    if name == "seed" and not np.array_equal(facts, [int(text[:15], 16) for text in listed["sha256"]]):
        yield Defect(path, "made from other images than the manifest's", "rm")
    if facts.dtype != bool or (store.stage == "masked" and name == "raw" and not store.spec["has_masked_maps"]):
        return
    bad = ~facts
    if name == "label_probability":
        bad &= listed["label"].to_numpy() >= 0
    images = set((listed["image"].to_numpy()[bad]).tolist()) - _flagged(store)
    if images:
        shown = ", ".join(map(str, sorted(images)[:5])) + ", ..." * (len(images) > 5)
        yield Defect(path, f"values that are not finite and were not counted: images {shown}", "rm")


def _flagged(store: _Store) -> set[int]:
    """Images that the metrics of the store's network and method count as not finite."""
    try:
        path = store.results.joinpath("metrics", *store.spec["names"]).as_posix() + ".parquet"
        table = pl.read_parquet(path, columns=["image", "nonfinite"])
    except (OSError, pl.exceptions.PolarsError):
        return set()
    return set(table.filter("nonfinite")["image"])


def _rows(path: Path, images: int) -> Iterator[Defect]:
    """A method's table of images: one row each, in order."""
    try:
        found = pl.read_parquet(io.BytesIO(path.read_bytes()), columns=["image"])["image"].to_list()
    except pl.exceptions.PolarsError:
        yield Defect(str(path), "damaged", "rm")
        return
    if found != list(range(images)):
        yield Defect(str(path), f"has rows of {len(set(found))} images, the manifest {images}", "rm")


def _recorded(results: Path) -> list[Task]:
    """Every file whose digest the run recorded when it finished."""
    record = results / "provenance.json"
    try:
        files = json.loads(record.read_text())["files"]
    except FileNotFoundError:
        return [lambda: iter([Defect(str(record), "is missing: the run has not finished")])]
    except (ValueError, KeyError):
        return [lambda: iter([Defect(str(record), "damaged", "rm")])]
    return [partial(_file, f"{results}/{name}", digest) for name, digest in files.items()]


def _file(path: str, digest: str) -> Iterator[Defect]:
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError:
        yield Defect(path, "is missing")
        return
    if hashlib.sha256(data).hexdigest() != digest:
        yield Defect(path, "not what the run wrote", "rm")
    yield from _from_the_future(path)


def _from_the_future(path: str) -> Iterator[Defect]:
    if Path(path).stat().st_mtime > time.time() + _SKEW:
        yield Defect(path, "dated in the future, so nothing can be made from it", "touch")


def _leftovers(results: Path) -> Iterator[Defect]:
    for pattern in (".*.tmp", "*.damaged"):
        for path in sorted(results.rglob(pattern)):
            yield Defect(str(path), "left behind by a job that failed", "rm", rerun=False)
