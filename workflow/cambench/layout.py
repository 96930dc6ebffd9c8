"""Where every file lies and what every array holds: paths, variables, chunks, shards.

Pure Python, because the process that plans the workflow imports it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Variable:
    """One array of a store: its dtype, dimensions and fill value."""

    dtype: str
    dims: tuple[str, ...]

    @property
    def fill(self) -> float | int:
        """NaN for floats, so that a missing chunk can never pass for data; -1 or 0 for integers."""
        return float("nan") if self.dtype.startswith("float") else (0 if self.dtype == "uint8" else -1)


_PER_IMAGE, _MAP, _CURVE = ("image",), ("image", "y", "x"), ("image", "step")
STORES: dict[str, dict[str, Variable]] = {
    "images": {
        "pixels": Variable("uint8", ("image", "y", "x", "channel")),
        "label": Variable("int64", _PER_IMAGE),
        "seed": Variable("int64", _PER_IMAGE),
    },
    "predictions": {
        "target": Variable("int64", _PER_IMAGE),
        "predicted": Variable("int64", _PER_IMAGE),
        "probability": Variable("float32", _PER_IMAGE),
        "label_probability": Variable("float32", _PER_IMAGE),
    },
    "saliency": {
        "raw": Variable("float32", _MAP),
        "passes": Variable("int32", _PER_IMAGE),
    },
    "masked": {
        "probability": Variable("float32", _PER_IMAGE),
        "raw": Variable("float32", _MAP),
        "passes": Variable("int32", _PER_IMAGE),
    },
    "curves": {
        "deletion": Variable("float32", _CURVE),
        "insertion": Variable("float32", _CURVE),
        "passes": Variable("int32", _PER_IMAGE),
    },
}


def chunk(store: str, stage: str, variable: str, shard: int | str) -> str:
    """Path of the chunk file that holds one shard of one variable; `shard` may be a wildcard."""
    tail = "/0" * (len(STORES[stage][variable].dims) - 1)
    return f"{store}/{variable}/c/{shard}{tail}"


def chunks(store: str, stage: str, shard: int | str = "{shard}") -> dict[str, str]:
    """Paths of one shard's chunk files, by variable."""
    return {variable: chunk(store, stage, variable, shard) for variable in STORES[stage]}


def identity(path: str, stage: str) -> str:
    """Which chunk file this is, wherever the run's folder lies: stage, network, method, variable and shard."""
    parts = path.split("/")
    store = max(number for number, part in enumerate(parts) if part.endswith(".zarr"))
    return "/".join(parts[store - (1 if stage in ("images", "predictions") else 2) :])


def coordinates(stage: str) -> list[str]:
    """Names of a stage's coordinate arrays: `image`; `y`, `x` where it has maps; `step` where it has curves."""
    dims = {dim for variable in STORES[stage].values() for dim in variable.dims}
    return [dim for dim in ("image", "y", "x", "step") if dim in dims]


def axes(pixels: Sequence[int], shape: Sequence[int], points: Sequence[float]) -> dict[str, list[float]]:
    """Coordinates along the dimensions of an image's values.

    **Arguments:** `pixels` (H, W) of the input, in whose pixels `y` and `x` are given, at cell centres; `shape` (h, w)
    of the maps; `points` of the curves.
    """
    places = {
        name: [(cell + 0.5) * side / cells - 0.5 for cell in range(cells)]
        for name, cells, side in zip(("y", "x"), shape, pixels, strict=True)
    }
    return {**places, "channel": [0, 1, 2], "step": list(points)}


def curve_points(pixels: int, pixels_per_step: int) -> list[float]:
    """Share of the pixels that are changed at each point of a curve, from 0 to 1: the coordinate `step`.

    The last step is shorter where the steps do not divide the image.
    """
    return [changed / pixels for changed in [*range(0, pixels, pixels_per_step), pixels]]


def metadata(store: str, stage: str) -> list[str]:
    """Every file that finishing a store writes: metadata of the group and arrays, coordinates; the root first."""
    names = coordinates(stage)
    arrays = [f"{store}/{name}/zarr.json" for name in [*STORES[stage], *names]]
    return [f"{store}/zarr.json", *arrays, *(f"{store}/{name}/c/0" for name in names)]


def shard_count(images: int, size: int) -> int:
    """Number of shards of `size` rows that hold `images` rows."""
    return -(-images // size)


def shard_rows(shard: int, size: int, images: int) -> tuple[int, int]:
    """First row of a shard and the row after its last."""
    return shard * size, min(images, (shard + 1) * size)


def covering(rows: tuple[int, int], size: int) -> Iterator[int]:
    """The shards of `size` rows that together hold the given run of rows."""
    return iter(range(rows[0] // size, (rows[1] - 1) // size + 1))


def preprocessing_name(preprocessing: dict) -> str:
    """Name of an image store: networks that resize and crop alike share one.

    Mean and standard deviation are left out; they are applied to the stored pixels by each network.
    """
    return "resize{resize}-crop{crop}-{interpolation}".format(**preprocessing)


def tail(stage: str, name: str, network: dict, resolution: str | Sequence[int], points: int) -> tuple[int, ...]:
    """Shape of one image's values of a variable: of its pixels, its map or its curve; () of a number."""
    dims = STORES[stage][name].dims
    if dims == _MAP:
        return map_shape(network, resolution)
    return {_PER_IMAGE: (), _CURVE: (points,)}.get(dims, (*network["input"], 3))


def map_shape(network: dict, resolution: str | Sequence[int]) -> tuple[int, int]:
    """(h, w) of a method's raw maps: of the target layer, of the network's input, or as given."""
    named = {"input": network.get("input"), "layer": network.get("map")}
    height, width = named[resolution] or () if isinstance(resolution, str) else resolution
    return int(height), int(width)
