"""Where every file lies and what shape every array has: stores, chunks, shards, coordinates.

Pure Python, because the process that plans the workflow imports it. Paths are relative to the run's folder.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict

from ..points import Points
from .network import Network
from .stages import CHANNELS, CURVE, MAP, NUMBER, PIXELS, STAGES, WEIGHTS, Variable

SETTINGS = "settings_digest"  # attribute of a store: that of its chunk files


@dataclass(frozen=True)
class Shapes:
    """Shapes of what is stored of one image.

    `input` (H, W), `map` (h, w), the `points` of its curves, `activations` (K, h, w) of the target layer, and how long
    other dimensions are, by name (see `further.lengths`).
    """

    input: tuple[int, int]
    map: tuple[int, int] = (0, 0)
    points: Points = field(default_factory=Points)
    activations: tuple[int, ...] = (0, 0, 0)
    lengths: Mapping[str, int] = field(default_factory=dict, hash=False)

    @classmethod
    def of(
        cls,
        network: Network | None = None,
        resolution: str | Sequence[int] = "layer",
        points: Mapping[str, Any] | None = None,
        pixels: Sequence[int] = (0, 0),
        lengths: Mapping[str, int] | None = None,
    ) -> "Shapes":
        """Of a network's images, `pixels` (H, W) where there is none, and a method's maps.

        **Arguments:** `resolution` of the maps: `layer`, `input`, or (h, w); `points` of curves: `pixels_per_step` and
        `points`, None if no curves are drawn.
        """
        height, width = network["input"] if network else pixels
        named = {"layer": network["map"] if network else (0, 0), "input": (height, width)}
        h, w = named[resolution] if isinstance(resolution, str) else resolution
        activations = (network["channels"], *network["map"]) if network else (0, 0, 0)
        return cls((height, width), (h, w), Points.of(height * width, points), activations, dict(lengths or {}))


@dataclass(frozen=True)
class ArraySpec:
    """One array of a store as its chunk files hold it: `rows_per_chunk` images, each of shape `item_shape`.

    `settings` is a digest of those that the array is made with; every chunk file bears it.
    """

    stage: str
    name: str
    rows_per_chunk: int
    item_shape: tuple[int, ...]
    settings: str = ""

    @property
    def variable(self) -> Variable:
        return STAGES[self.stage].writes[self.name]


class StoreSpec(TypedDict):
    """What a store has to be: plain values, which rules hand to jobs.

    `rows_per_chunk` is 0 where nobody has looked into the network's facts, from which it follows.
    """

    stage: str
    names: list[str]
    rows_per_chunk: int
    resolution: str | list[int]
    points: dict[str, Any] | None
    pixels: list[int]
    lengths: dict[str, int]
    has_masked_maps: bool
    attributes: dict[str, Any]
    settings: str


def array(stage: str, name: str, rows_per_chunk: int, shapes: Shapes, settings: str = "") -> ArraySpec:
    """A variable's chunk files, given the shapes of what is stored of one image, and the digest of its settings."""
    shape: dict[tuple[str, ...], tuple[int, ...]] = {
        NUMBER: (),
        MAP: shapes.map,
        CURVE: (shapes.points.count,),
        CHANNELS: shapes.activations,
        WEIGHTS: shapes.activations[:1],
        PIXELS: (*shapes.input, 3),
    }
    dims = STAGES[stage].writes[name].dims
    found = shape[dims] if dims in shape else tuple(shapes.lengths[dim] for dim in dims[1:])
    return ArraySpec(stage, name, rows_per_chunk, found, settings)


def store(stage: str, *names: str) -> str:
    """Path of a store, of the given preprocessing, network, or network and method (names or wildcards)."""
    return f"{'/'.join([stage, *names])}.zarr"


def pattern(stage: str) -> str:
    """Path of a stage's stores with wildcards."""
    return store(stage, *(f"{{{name}}}" for name in STAGES[stage].per))


def chunk(root: str, stage: str, variable: str, shard: int | str) -> str:
    """Path of the chunk file that holds one shard of one variable; `shard` may be a wildcard."""
    inner = "/0" * (len(STAGES[stage].writes[variable].dims) - 1)
    return f"{root}/{variable}/c/{shard}{inner}"


def chunks(root: str, stage: str, shard: int | str = "{shard}") -> dict[str, str]:
    """Paths of one shard's chunk files, by variable."""
    return {variable: chunk(root, stage, variable, shard) for variable in STAGES[stage].writes}


def identity(path: str, stage: str) -> str:
    """Which chunk file this is, wherever the run's folder lies: stage, names of its store, variable and shard."""
    parts = path.split("/")
    root = max(number for number, part in enumerate(parts) if part.endswith(".zarr"))
    return "/".join(parts[root - len(STAGES[stage].per) :])


def shard_of(path: str) -> int:
    """Number of the shard in a chunk file's path."""
    return int(path.rpartition("/c/")[2].split("/")[0])


def coordinates(stage: str) -> list[str]:
    """Names of a stage's coordinate arrays: `image`; `y`, `x` where it has maps; `step` where it has curves."""
    dims = {dim for variable in STAGES[stage].writes.values() for dim in variable.dims}
    return [dim for dim in ("image", "y", "x", "step") if dim in dims]


def axes(stage: str, shapes: Shapes) -> dict[str, list[float]]:
    """Coordinates along the dimensions of an image's values, by name.

    `y` and `x` are given in pixels of the input, at the centres of the map's cells; `step` is a share of the pixels.
    """
    sides = shapes.input if stage == "images" else shapes.map
    places = {
        name: [(cell + 0.5) * side / cells - 0.5 for cell in range(cells)]
        for name, cells, side in zip(("y", "x"), sides, shapes.input, strict=True)
    }
    return {**places, "step": shapes.points.places}


def metadata(root: str, stage: str) -> list[str]:
    """Every file that finishing a store writes: metadata of the group and arrays, coordinates; the root first."""
    names = coordinates(stage)
    arrays = [f"{root}/{name}/zarr.json" for name in [*STAGES[stage].writes, *names]]
    return [f"{root}/zarr.json", *arrays, *(f"{root}/{name}/c/0" for name in names)]


def shard_count(images: int, rows_per_chunk: int) -> int:
    """Number of shards that hold `images` rows."""
    return math.ceil(images / rows_per_chunk)


def shard_rows(shard: int, rows_per_chunk: int, images: int) -> tuple[int, int]:
    """First row of a shard and the row after its last."""
    return shard * rows_per_chunk, min(images, (shard + 1) * rows_per_chunk)


def covering(rows: tuple[int, int], rows_per_chunk: int) -> Iterator[int]:
    """The shards that together hold the given run of rows."""
    return iter(range(rows[0] // rows_per_chunk, (rows[1] - 1) // rows_per_chunk + 1))
