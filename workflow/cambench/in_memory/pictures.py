"""Images in whatever form a caller has them, as the pixels, labels and seeds that stages take."""

import hashlib
import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from PIL import Image

from ..errors import InputError, shown
from ..images import decode, manifest, sample, sources
from ..images.decode import UnusableError
from ..images.found import Found
from ..images.sizes import cropping
from ..networks.batches import gathered

KINDS = "paths, a folder, a block `dataset`, PIL images, uint8 arrays (n, H, W, 3) or tensors (n, 3, H, W)"
_MOST = 1 << 31  # no network has as many classes
_FAR = 0.1  # below zero that black has to be for values from 0 to 1 to be strange
_LIMITS = manifest.Limits(min_side=1, max_pixels=89_478_485)  # Pillow's own, against files that claim to be huge


@dataclass(frozen=True)
class Pictures:
    """Images of one network: `pixels` uint8 (n, H, W, 3), or float32 of that shape if they are normalised already.

    `labels` int64 (n, most), filled up with -1; `seeds` int64 (n,), from the bytes of each image's file or pixels.
    """

    pixels: np.ndarray
    labels: np.ndarray
    seeds: np.ndarray

    @property
    def label(self) -> np.ndarray:
        """The label of each image, int64 (n,): -1 if there is none or several."""
        several = (self.labels >= 0).sum(1) > 1
        return np.where(several, -1, self.labels[:, 0])


def as_arrays(images: Any) -> np.ndarray | None:
    """Arrays and tensors as pixels, uint8 (n, H, W, 3), or as normalised inputs, float32 of that shape; else None.

    **Raises:** `InputError` for arrays of another shape or type, or of several sizes.
    """
    if isinstance(images, Sequence) and images and all(isinstance(one, np.ndarray | torch.Tensor) for one in images):
        shapes = {tuple(one.shape) for one in images}
        if len(shapes) > 1:
            raise InputError(f"images: arrays of several sizes, {_listed(shapes)}; give PIL images, which are resized")
        images = np.stack([on_host(one) for one in images])
    if not isinstance(images, np.ndarray | torch.Tensor):
        return None
    found = on_host(images)
    found = found[None] if found.ndim == 3 else found
    if found.ndim == 4 and len(found) and found.dtype == np.uint8 and found.shape[3] == 3:
        return found
    if found.ndim == 4 and len(found) and found.dtype.kind == "f" and found.shape[1] == 3:
        return _inputs(found)
    what = f"{found.dtype} of shape {tuple(found.shape)}"
    raise InputError(f"images: give uint8 pixels (n, H, W, 3) or normalised floats (n, 3, H, W), not {what}")


def doubts(inputs: np.ndarray, preprocessing: Mapping[str, Any]) -> str | None:
    """Why inputs, float32 (n, H, W, 3), can hardly be normalised as `preprocessing` does it; None if they may be."""
    mean, std = (np.asarray(preprocessing[key]) for key in ("mean", "std"))
    lowest, highest = float((-mean / std).min()), float(((1 - mean) / std).max())
    least, most, wide = float(inputs.min()), float(inputs.max()), highest - lowest
    normal = f"normalised ones lie between {lowest:.3g} and {highest:.3g}"
    if least < lowest - wide or most > highest + wide:
        return f"images: values from {least:.3g} to {most:.3g}, but {normal}; name mean and std in preprocessing"
    if least >= 0 and most <= 1 and lowest < -_FAR:
        return f"images: all values lie between 0 and 1, as before they are normalised; {normal}"
    return None


def dataset_of(images: Any) -> dict[str, Any] | None:
    """The block `dataset` that images are given as: a mapping, or the path of a folder; else None."""
    if isinstance(images, Mapping):
        return dict(images)
    if isinstance(images, str | os.PathLike) and Path(images).is_dir():
        return {"kind": "folder", "path": os.fspath(images)}
    return None


def load(
    images: Any, labels: Any, preprocessing: Mapping[str, Any], dataset: dict[str, Any] | None, threads: int = 1
) -> Pictures:
    """Images for a network with a block `preprocessing`.

    **Arguments:** `labels` one per image, or None for those of the data set; `dataset` the complete block that images
    come from, if they do. **Raises:** `InputError` for anything that is no image, by name.
    """
    arrays = as_arrays(images)
    if arrays is not None:
        found = Pictures(arrays, _none(len(arrays)), _seeds(arrays))
    elif dataset is not None:
        found = _of_dataset(dataset, preprocessing, threads)
    else:
        found = _of_list(images, preprocessing, threads)
    return found if labels is None else Pictures(found.pixels, _given(labels, len(found.pixels)), found.seeds)


def _of_dataset(dataset: dict[str, Any], preprocessing: Mapping[str, Any], threads: int) -> Pictures:
    limits = manifest.Limits(dataset["min_side"], dataset["max_pixels"])
    if "half_width" in dataset.get("sample", {}):
        raise InputError("dataset.sample: half_width is for runs; name a number of images")
    for kind in ("boxes", "masks"):
        if kind in dataset:
            raise InputError(f"dataset.{kind}: metrics of objects are for runs; leave {kind} out")
    drawn = sample.of(dataset)
    root = sources.root(dataset)
    listed, rejected = manifest.build(sources.find(dataset), root, None, limits, threads, sample=drawn)
    if len(rejected):
        first = rejected.row(0, named=True)
        said = f"{len(rejected)} files are no images that can be used: {first['path']}: {first['reason']}"
        warnings.warn(said, stacklevel=2)
    return _decoded(listed, root, preprocessing)


def _of_list(images: Any, preprocessing: Mapping[str, Any], threads: int) -> Pictures:
    one = isinstance(images, str | os.PathLike | Image.Image)
    items = [images] if one else list(images) if isinstance(images, Sequence) else []
    if items and all(isinstance(item, Image.Image) for item in items):
        pixels = [_of_pil(number, item, preprocessing) for number, item in enumerate(items)]
        full = [np.asarray(item) for item in items]
        return Pictures(np.stack(pixels), _none(len(pixels)), _seeds(full))
    if not items or not all(isinstance(item, str | os.PathLike) for item in items):
        raise InputError(f"images: give {KINDS}, not {_kind(images)}")
    found = [Found(os.fspath(item)) for item in items]
    try:
        listed, rejected = manifest.build(found, Path(), None, _LIMITS, threads)
    except InputError as error:  # also if none can be used
        raise InputError(str(error).removeprefix("dataset: ").rpartition("that can be used: ")[2]) from error
    if len(rejected):
        first = rejected.row(0, named=True)
        raise InputError(f"{first['path']}: {first['reason']}")
    return _decoded(listed, Path(), preprocessing)


def _decoded(listed: pl.DataFrame, root: Path, preprocessing: Mapping[str, Any]) -> Pictures:
    cut: Any = cropping(preprocessing)
    found = gathered(decode.decode(listed.to_dicts(), root, cut))
    return Pictures(found["pixels"], _padded(listed["labels"].to_list()), found["seed"])


def _of_pil(number: int, image: Image.Image, preprocessing: Mapping[str, Any]) -> np.ndarray:
    cut: Any = cropping(preprocessing)
    try:
        if decode.is_too_long(*image.size):
            raise UnusableError("one side is more than 100 times the other")
        return decode.cropped(decode.as_rgb(image), cut)
    except Exception as error:  # Pillow's decoders raise nearly anything
        raise InputError(f"images: image {number} cannot be used: {error}") from error


def on_host(values: Any) -> np.ndarray:
    if not isinstance(values, torch.Tensor):
        return np.asarray(values)
    host = values.detach().cpu()
    return np.asarray(host.float() if host.dtype == torch.bfloat16 else host)  # which numpy has not


def _inputs(values: np.ndarray) -> np.ndarray:
    """Normalised inputs (n, 3, H, W) as float32 (n, H, W, 3), a copy."""
    bad = np.flatnonzero(~np.isfinite(values).all((1, 2, 3)))
    if len(bad):
        raise InputError(f"images: image {bad[0]} has values that are not finite")
    return np.array(values.transpose(0, 2, 3, 1), np.float32, order="C")


def _seeds(images: Sequence[np.ndarray] | np.ndarray) -> np.ndarray:
    """Seeds int64 (n,), from what the images hold, as those of files are from their bytes."""
    digests = [hashlib.sha256(np.ascontiguousarray(image).tobytes()).hexdigest() for image in images]
    return np.array([int(digest[:15], 16) for digest in digests], np.int64)


def _none(images: int) -> np.ndarray:
    return np.full((images, 1), -1, np.int64)


def _given(labels: Any, images: int) -> np.ndarray:
    """Labels of a caller: whole numbers from 0, -1 for none, or lists of them. **Raises:** `InputError`."""
    rows = [list(row) if isinstance(row, Sequence | np.ndarray) else [row] for row in _plain(labels)]
    if len(rows) != images:
        raise InputError(f"labels: {len(rows)} for {images} images")
    for row in rows:
        if not all(isinstance(label, int | np.integer) and -1 <= label < _MOST for label in row):
            raise InputError(f"labels: give whole numbers from 0, or -1 for none, not {shown(row)}")
    return _padded([[int(label) for label in row if label >= 0] for row in rows])


def _plain(labels: Any) -> list[Any]:
    asked = next((getattr(labels, name) for name in ("tolist", "to_list") if hasattr(labels, name)), None)
    found = asked() if asked else labels
    if not isinstance(found, list | tuple):
        raise InputError(f"labels: give one per image, not {shown(labels)}")
    return list(found)


def _padded(rows: list[list[int]]) -> np.ndarray:
    found = np.full((len(rows), max(1, *map(len, rows))), -1, np.int64)
    for row, labels in zip(found, rows, strict=True):
        row[: len(labels)] = labels
    return found


def _kind(images: Any) -> str:
    """What was given instead of images."""
    if isinstance(images, list | tuple) and images:
        return f"a list of {' and '.join(sorted({type(one).__name__ for one in images}))}"
    return " ".join(shown(images).split())


def _listed(shapes: set[tuple[int, ...]]) -> str:
    return " and ".join(" x ".join(map(str, shape)) for shape in sorted(shapes)[:2])
