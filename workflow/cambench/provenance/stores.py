"""Check stores: metadata against the configuration, chunks against their records, values against the manifest."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import zarr

from ..store import chunkfile, layout, network
from ..store.layout import Shapes, StoreSpec
from ..store.stages import STAGES
from ..store.writer import DIGESTS
from .defects import Defect, Task, from_the_future


@dataclass(frozen=True)
class Store:
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


def checks(spec: StoreSpec, results: Path, listed: pl.DataFrame) -> list[Task]:
    """Checks of a store and its chunks; none without the network's file, whose loss is reported separately."""
    store = _store(spec, results)
    return [] if store is None else [partial(_metadata, store, len(listed)), *_chunks(store, listed)]


def _store(spec: StoreSpec, results: Path) -> Store | None:
    facts = None
    if "network" in STAGES[spec["stage"]].per:
        try:
            facts = network.read(results / "networks" / f"{spec['names'][0]}.json")
        except (OSError, ValueError):
            return None
    return Store(spec, results, Shapes.of(facts, spec["resolution"], spec["pixels_per_step"], spec["pixels"]))


def _metadata(store: Store, images: int) -> Iterator[Defect]:
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


def _group(store: Store) -> zarr.Group | None:
    try:
        return zarr.open_group(store.root, mode="r")
    except Exception:  # whatever zarr raises for metadata that it can't read
        return None


def _chunks(store: Store, listed: pl.DataFrame) -> list[Task]:
    group, tasks = _group(store), list[Task]()
    for name in STAGES[store.stage].writes:
        digests: Any = group[name].attrs.get(DIGESTS, []) if group is not None and name in group else []
        for shard in range(layout.shard_count(len(listed), store.spec["rows_per_chunk"])):
            digest = digests[shard] if shard < len(digests) else None
            tasks.append(partial(_chunk, store, name, shard, digest, listed))
    return tasks


def _chunk(store: Store, name: str, shard: int, digest: str | None, listed: pl.DataFrame) -> Iterator[Defect]:
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
    yield from from_the_future(path)
    yield from _values(path, store, name, facts, listed[start:stop])


def _facts(path: str, array: layout.ArraySpec, rows: int) -> np.ndarray:
    """One value per image: the whole number itself, or whether all values are finite; read in parts."""
    step, found = chunkfile.part(array), []
    for first in range(0, rows, step):
        block = chunkfile.read(path, array, (first, min(first + step, rows)))
        found.append(block if block.dtype.kind == "i" else np.isfinite(block).reshape(len(block), -1).all(1))
    return np.concatenate(found)


def _values(path: str, store: Store, name: str, facts: np.ndarray, listed: pl.DataFrame) -> Iterator[Defect]:
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


def _flagged(store: Store) -> set[int]:
    """Images that the metrics of the store's network and method count as not finite."""
    try:
        path = store.results.joinpath("metrics", *store.spec["names"]).as_posix() + ".parquet"
        table = pl.read_parquet(path, columns=["image", "nonfinite"])
    except (OSError, pl.exceptions.PolarsError):
        return set()
    return set(table.filter("nonfinite")["image"])
