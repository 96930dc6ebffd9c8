"""Check stores: metadata against the configuration, chunks against what the jobs said, values against the manifest."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import zarr

from ..errors import InputError
from ..store import chunkfile, layout, network, tables, written
from ..store.layout import SETTINGS, Shapes, StoreSpec
from ..store.network import Network
from ..store.stages import STAGES
from ..store.writer import DIGESTS
from .defects import Defect, Task, from_the_future, unreadable
from .evidence import Evidence

Cutting = Callable[[Network, str | None], Mapping[str, int]]


@dataclass(frozen=True)
class Store:
    """A store that is looked at: what it has to be, where it lies, and what is known of it.

    `shapes` and `listed`, the manifest, are None if the files that say them are lost.
    """

    spec: StoreSpec
    results: Path
    images: int
    shapes: Shapes | None
    listed: pl.DataFrame | None
    evidence: Evidence

    @property
    def stage(self) -> str:
        return self.spec["stage"]

    @property
    def name(self) -> str:
        return layout.store(self.stage, *self.spec["names"])

    @property
    def root(self) -> str:
        return f"{self.results}/{self.name}"

    @cached_property
    def flagged(self) -> set[int]:
        """Images that the metrics of its network, or network and method, count as not finite."""
        network, method = [*self.spec["names"], "*"][:2]
        found: set[int] = set()
        for path in Path(self.results, "metrics", network).glob(f"{method}.parquet"):
            try:
                table = tables.read(path, ["image", "nonfinite"])
            except (OSError, InputError):
                continue
            found |= set(table.filter("nonfinite")["image"])
        return found

    def array(self, name: str, shapes: Shapes) -> layout.ArraySpec:
        return layout.array(self.stage, name, self.spec["rows_per_chunk"], shapes, self.spec["settings"])


def checks(
    spec: StoreSpec, results: Path, images: int, listed: pl.DataFrame | None, evidence: Evidence, cut: Cutting
) -> Iterator[Task]:
    """Checks of a store and its chunks; `images` is their number, `listed` the manifest if it is whole.

    `cut` gives rows per chunk by stage, from a network's facts and the label of a method.
    """
    facts, shapes = None, None
    has_network = "network" in STAGES[spec["stage"]].per
    if has_network:
        facts = _network(results, spec["names"][0], evidence)
    if facts:
        rows = cut(facts, spec["names"][1] if len(spec["names"]) > 1 else None)
        spec = {**spec, "rows_per_chunk": rows[spec["stage"]]}
    if images and (facts or not has_network):
        shapes = Shapes.of(facts, spec["resolution"], spec["points"], spec["pixels"], spec["lengths"])
    store = Store(spec, results, images, shapes, listed, evidence)
    group = _group(store)
    yield partial(_metadata, store, group)
    shards = _shards(store, group)
    for name in STAGES[store.stage].writes:
        for shard in shards:
            yield partial(_chunk, store, name, shard, group)


def _shards(store: Store, group: zarr.Group | None) -> Iterable[int]:
    """Shards that a store has to have; where nobody knows how its rows are cut, all that anybody tells of.

    These are those in its metadata, in the jobs' logs and in its folder.
    """
    if store.images and store.spec["rows_per_chunk"]:
        return range(layout.shard_count(store.images, store.spec["rows_per_chunk"]))
    names = list(STAGES[store.stage].writes)
    recorded = max(len(_recorded(group, name)) for name in names)
    chunk = re.compile(rf"{re.escape(store.name)}/({'|'.join(names)})/c/[0-9]+(/0)*")
    said = {layout.shard_of(path) for path in store.evidence.said if chunk.fullmatch(path)}
    there = {path.name for name in names for path in Path(store.root, name, "c").glob("[0-9]*")}
    return sorted({*range(recorded), *said, *(int(name) for name in there if name.isdecimal())})


def _recorded(group: zarr.Group | None, name: str) -> list[str]:
    """First digits of the digests of a variable's chunk files, as the store's metadata has them."""
    digests: Any = group[name].attrs.get(DIGESTS, []) if group is not None and name in group else []
    return list(map(str, digests))


def _network(results: Path, name: str, evidence: Evidence) -> Network | None:
    """A network's facts, from its file if that is what the run wrote, or else from the record."""
    file = f"networks/{name}.json"
    try:
        found = written.sha256(results / file)
        if found == (evidence.digest(file) or found):
            return network.read(results / file)
    except (OSError, InputError):
        pass
    return (evidence.record or {}).get("networks", {}).get(name)


def _group(store: Store) -> zarr.Group | None:
    """The finished store, if its metadata is whole and what the run wrote."""
    expected = store.evidence.digest(f"{store.name}/zarr.json")
    try:
        if expected is not None and written.sha256(f"{store.root}/zarr.json") != expected:
            return None
        return zarr.open_group(store.root, mode="r")
    except Exception:  # whatever zarr raises for metadata that it can't read
        return None


def _metadata(store: Store, group: zarr.Group | None) -> Iterator[Defect]:
    """A finished store's metadata against the manifest and the configuration."""
    path = f"{store.root}/zarr.json"
    if group is None:  # a lost file, or one that the run did not write, is said with the other files
        if store.evidence.digest(f"{store.name}/zarr.json") is None and Path(path).exists():
            yield Defect(path, "damaged", "rm")
        return
    for key, value in store.spec["attributes"].items():
        if group.attrs.get(key) != json.loads(json.dumps(value)):
            yield _other_settings(store, group, f"made with other settings ({key}) than the configuration's")
    for name in STAGES[store.stage].writes if store.images and store.shapes else ():
        expected = _expected_shapes(store, name)
        if (shape := getattr(group.get(name), "shape", None)) not in expected:
            yield Defect(path, f"{name} has shape {shape}, not {expected[0]}", "rm")


def _expected_shapes(store: Store, name: str) -> list[tuple[int, ...]]:
    """The shape of a variable, and that which it has where it is spared."""
    assert store.shapes is not None
    full = store.array(name, store.shapes)
    specs = [full, *[chunkfile.emptied(full)] * full.variable.spared]
    return [(store.images, *spec.item_shape) for spec in specs]


def _other_settings(store: Store, group: zarr.Group, what: str) -> Defect:
    """All of a store has to go, or only its metadata if its chunks don't follow from the setting."""
    if group.attrs.get(SETTINGS) == store.spec["settings"]:
        return Defect(f"{store.root}/zarr.json", what, "rm")
    return Defect(store.root, what, "rm")


def _chunk(store: Store, name: str, shard: int, group: zarr.Group | None) -> Iterator[Defect]:
    path = layout.chunk(store.root, store.stage, name, shard)
    try:
        facts = _facts(store, path, name, shard)
        found = written.sha256(path)
    except FileNotFoundError:
        yield Defect(path, "chunk is missing")
        return
    except OSError as error:
        yield unreadable(path, error)
        return
    except chunkfile.OtherSettingsError as error:
        if group is None or group.attrs.get(SETTINGS) == store.spec["settings"]:  # else it is said of the store
            yield Defect(path, f"{error} than the configuration's", "rm")
        return
    except ValueError as error:
        yield Defect(path, f"damaged chunk: {error}", "rm")
        return
    if not found.startswith(_expected(store, name, shard, group) or found):
        yield Defect(path, "not the chunk that was recorded", "rm")
    yield from from_the_future(path)
    yield from _values(store, path, name, shard, facts)


def _expected(store: Store, name: str, shard: int, group: zarr.Group | None) -> str | None:
    """The digest of a chunk file, or its first digits: as its job said, or the store's metadata."""
    said = store.evidence.digest(layout.chunk(store.name, store.stage, name, shard))
    if said is None:
        said = dict(enumerate(_recorded(group, name))).get(shard)
    return said


def _facts(store: Store, path: str, name: str, shard: int) -> np.ndarray | None:
    """One value per image: the whole number itself, or whether all values are finite; read in parts."""
    if store.shapes is None:
        return None
    start, stop = layout.shard_rows(shard, store.spec["rows_per_chunk"], store.images)
    array, rows, found = store.array(name, store.shapes), stop - start, []
    if chunkfile.is_empty(path, array):
        return np.ones(rows, bool)
    step = chunkfile.part(array)
    for first in range(0, rows, step):
        block = chunkfile.read(path, array, (first, min(first + step, rows)))
        found.append(block if block.dtype.kind == "i" else np.isfinite(block).reshape(len(block), -1).all(1))
    return np.concatenate(found)


def _values(store: Store, path: str, name: str, shard: int, facts: np.ndarray | None) -> Iterator[Defect]:
    """Labels and seeds against the manifest; values that are not finite against the tables that count them."""
    if store.listed is None or facts is None:
        return
    start, stop = layout.shard_rows(shard, store.spec["rows_per_chunk"], store.images)
    listed = store.listed[start:stop]
    if name == "label" and not np.array_equal(facts, listed["label"]):
        yield Defect(path, "labels are not the manifest's", "rm")
    if name == "seed" and not np.array_equal(facts, [int(text[:15], 16) for text in listed["sha256"]]):
        yield Defect(path, "made from other images than the manifest's", "rm")
    if facts.dtype != bool or (store.stage == "masked" and name == "raw" and not store.spec["has_masked_maps"]):
        return
    bad = ~facts
    if name == "label_probability":
        bad &= listed["label"].to_numpy() >= 0
    if store.stage == "sensitivity":  # which has no values of other images
        bad &= listed["image"].to_numpy() < store.spec["attributes"]["sensitivity"]["images"]
    images = set((listed["image"].to_numpy()[bad]).tolist()) - store.flagged
    if images:
        shown = ", ".join(map(str, sorted(images)[:5])) + ", ..." * (len(images) > 5)
        yield Defect(path, f"values that are not finite and were not counted: images {shown}", "rm")
