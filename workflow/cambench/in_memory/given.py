"""`cambench.adcc`: the metrics of maps of one image, whoever made them."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Unpack

import numpy as np
import polars as pl
import torch

from .. import own
from ..errors import InputError
from ..masks import Masking
from ..methods._contract import Method
from ..networks.batch import Batch
from . import options as given
from . import scene as scenes
from .evaluate import evaluate, scenes_of
from .options import Options
from .pictures import Pictures, as_arrays, dataset_of, on_host
from .scene import Scene
from .undisturbed import undisturbed

COLUMNS = ["target", "probability", "masked_probability", "average_drop", "coherency", "complexity", "adcc"]
COLUMNS += ["degenerate", "nonfinite"]
Second = Callable[[Batch], torch.Tensor]  # the maps of masked inputs
_UNKNOWN = "coherency and adcc are not known: they need the maps of the masked images; give them as masked_maps"


def adcc(
    network: Any, image: Any, maps: Any, masked_maps: Any = None, relu: bool = True, **options: Unpack[Options]
) -> pl.DataFrame:
    """Average Drop, Coherency, Complexity and ADCC of maps of one image: one row per map; metrics are fractions.

    The ADCC compares the map with that of the masked image x U(S). Methods and functions make both. Of maps that were
    made elsewhere, `masked_maps` has the second ones; without them, coherency and adcc are null, and a warning says so.

    **Arguments:** `network`, `image` and `options` as for `evaluate`, of one image. `maps`: one map (h, w), several
    (m, h, w) or a list of them, or maps by name, raw as the method returned them; or methods as for `evaluate`.
    `masked_maps`: maps in the same form; or a function that takes masked inputs, float32 tensor (m, 3, H, W), and
    returns their maps (m, h, w). `relu`: whether given maps go through a ReLU first. **Returns:** `map` (name or
    number), the explained class `target`, its probability on the clean and on the masked image, the metrics, and
    whether a map is `degenerate` (constant) or something `nonfinite`. **Raises:** `InputError`, one line.

    >>> from torch import nn
    >>> layers = nn.Conv2d(3, 8, 5, 2), nn.Conv2d(8, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 12 * 12, 5)
    >>> image = np.random.default_rng(0).integers(0, 255, (32, 32, 3), dtype=np.uint8)
    >>> found = adcc(nn.Sequential(*layers), image, np.eye(7), masked_maps=np.eye(7), layer="2")
    >>> found["coherency"].round(6).item(), round(found["complexity"].item(), 4)
    (1.0, 0.1429)
    """
    options = given.checked(options)  # type: ignore[assignment]
    _refuse_several(image)
    maps, masked_maps = _together(maps, "maps"), _together(masked_maps, "masked_maps")
    if not _are_maps(maps):
        if masked_maps is not None or not relu:
            raise InputError("masked_maps and relu go with maps that you have; methods make both maps themselves")
        return _chosen(evaluate(network, image, maps, **options), "method")
    firsts, seconds = _listed(maps, "maps"), _seconds(maps, masked_maps)
    if seconds is None:
        warnings.warn(_UNKNOWN, stacklevel=2)
    with undisturbed():
        scene, masking = _scene(network, image, relu, options)
        given_by = seconds or [None] * len(firsts)
        parts = [_of_maps(scene, raw, second, masking) for raw, second in zip(firsts, given_by, strict=True)]
    names = pl.Series("map", list(map(str, maps)) if isinstance(maps, Mapping) else range(len(firsts[0])))
    return _chosen(pl.concat(parts).with_columns(names), "map")


def _refuse_several(image: Any) -> None:
    arrays = as_arrays(image)
    several = isinstance(image, Sequence) and not isinstance(image, str) and len(image) != 1
    if several or dataset_of(image) is not None or (arrays is not None and len(arrays) != 1):
        raise InputError("image: give one image; evaluate takes several")


def _together(maps: Any, what: str) -> Any:
    """A list of maps as one array; anything else as it is. **Raises:** `InputError` for maps of several sizes."""
    if not isinstance(maps, list | tuple) or not maps or not all(map(_are_maps, maps)):
        return maps
    if len({tuple(one.shape) for one in maps}) > 1:
        raise InputError(f"{what}: of several sizes; give them by name, {{'first': ..., 'second': ...}}")
    return np.stack([on_host(one) for one in maps])


def _are_maps(maps: Any) -> bool:
    """Whether maps are given, and not methods."""
    items = list(maps.values()) if isinstance(maps, Mapping) else [maps]
    return bool(items) and all(isinstance(item, np.ndarray | torch.Tensor) for item in items)


def _seconds(maps: Any, masked_maps: Any) -> Sequence[Second | None] | None:
    """What gives the maps of masked images, for each group of maps."""
    if masked_maps is None:
        return None
    firsts = _listed(maps, "maps")
    if callable(masked_maps):
        return [lambda batch, of=first: _returned(masked_maps, batch, of.shape[1:]) for first in firsts]  # type: ignore[misc]
    if not _are_maps(masked_maps) or isinstance(masked_maps, Mapping) != isinstance(maps, Mapping):
        raise InputError("masked_maps: give them in the form of the maps, or a function of masked inputs")
    if isinstance(maps, Mapping) and list(maps) != list(masked_maps):
        raise InputError(f"masked_maps: have names {', '.join(masked_maps)}, but maps {', '.join(maps)}")
    found = _listed(masked_maps, "masked_maps")
    for first, second in zip(firsts, found, strict=True):
        if first.shape != second.shape:
            raise InputError(f"masked_maps: shape {second.shape}, but the maps have {first.shape}")
    return [lambda batch, of=second: torch.from_numpy(of[batch.rows]).to(batch.device) for second in found]  # type: ignore[misc]


def _listed(maps: Any, what: str) -> list[np.ndarray]:
    """Maps float32 (m, h, w): those of each name, or all. **Raises:** `InputError` for others than finite maps."""
    items = list(maps.items()) if isinstance(maps, Mapping) else [("", maps)]
    return [_checked(values, f"{what}{'.' * bool(name)}{name}", bool(name)) for name, values in items]


def _checked(values: Any, what: str, single: bool) -> np.ndarray:
    found = on_host(values)
    found = found[None] if found.ndim == 2 else found
    if found.ndim != 3 or 0 in found.shape or found.dtype.kind not in "fiub" or (single and len(found) != 1):
        raise InputError(f"{what}: give one map (h, w){'' if single else ' or several (m, h, w)'}, not {found.shape}")
    with np.errstate(over="ignore"):
        found = found.astype(np.float32)
    if not np.isfinite(found).all():
        raise InputError(f"{what}: has values that are not finite")
    return found


def _scene(network: Any, image: Any, relu: bool, options: Options) -> tuple[Scene, Masking]:
    """The network with the one image and its class."""
    found = list(scenes_of(network, image, "centre", {**options, "curves": False}))
    if len(found) > 1:
        raise InputError("network: has several layers; name the one of the maps")
    scene = scenes.predict(found[0][1], given.target(options, 1))
    return scene, Masking(relu, **scene.config["masking"])


def _of_maps(scene: Scene, raw: np.ndarray, second: Second | None, masking: Masking) -> pl.DataFrame:
    """Rows of maps (m, h, w) of the scene's one image."""
    count, pictures = len(raw), scene.pictures
    repeated = Pictures(*(np.repeat(of, count, 0) for of in (pictures.pixels, pictures.labels, pictures.seeds)))
    found = {name: np.repeat(rows, count, 0) for name, rows in scene.found.items()}
    clean = {"raw": raw, "condition": np.zeros(count, np.float32), "passes": np.zeros(count, np.int32)}
    method = Method(second or _no_map, {}, scene.batch)
    rows = replace(scene, pictures=repeated, found=found)
    return scenes.measure(rows, "maps", method, clean, masking, has_second=second is not None)


def _no_map(batch: Batch) -> torch.Tensor:
    return torch.full((len(batch), 1, 1), torch.nan, device=batch.device)


def _returned(function: Callable[[torch.Tensor], Any], batch: Batch, size: tuple[int, int]) -> torch.Tensor:
    """Maps that a caller's function makes of masked inputs, which it may change."""
    try:
        found = torch.as_tensor(function(batch.images.clone()), dtype=torch.float32).detach()
    except torch.OutOfMemoryError:  # which smaller batches cure
        raise
    except Exception as error:  # the caller's code may raise anything, and return anything
        raise InputError(f"masked_maps: the function fails: {own.said(error)}") from error
    if found.shape != (len(batch), *size):
        raise InputError(f"masked_maps: returned maps of shape {tuple(found.shape)}, not {(len(batch), *size)}")
    return found.to(batch.device)


def _chosen(table: pl.DataFrame, first: str) -> pl.DataFrame:
    """The columns of a map; what is not known is null."""
    return table.select(pl.col(first).alias("map"), *COLUMNS).with_columns(pl.selectors.float().fill_nan(None))
