"""`cambench.evaluate`: what the workflow measures, of images in memory."""

import warnings
from collections.abc import Iterator
from functools import partial
from typing import Any, Unpack

import numpy as np
import polars as pl
from tqdm import tqdm

from ..errors import InputError
from ..masks import Masking
from . import options as given
from . import scene as scenes
from .asked import Asked, asked
from .options import Options
from .pictures import as_arrays, dataset_of, doubts, load
from .scene import Blocks, Scene, Watch
from .undisturbed import undisturbed


def evaluate(network: Any, images: Any, methods: Any = ("gradcam",), **options: Unpack[Options]) -> pl.DataFrame:
    """Explain images by methods, and measure the maps: one row per network, method and image, as in metrics.parquet.

    The workflow's own stages run: the numbers are equal to the bit on the same machine where batches are cut alike, and
    to rounding elsewhere. Metrics are fractions.

    **Arguments:** `network`: a `torch.nn.Module`, which is copied and stays as it is, though its hooks run with the
    copy; a block of the configuration, such as `{"timm": NAME}`; or the name of a torchvision network, with its default
    weights. `images`: paths; a folder; a block `dataset`; PIL images; pixels, uint8 (n, H, W, 3), as large as the
    network's input; or inputs that are normalised already, float (n, 3, H, W). `methods`: names; functions `cam(batch)`
    that return raw maps (n, h, w); blocks `{"cam": NAME, "settings": {...}}`; or any of them by label. `options`:
    `layer`, `labels`, `target`, `preprocessing`, `score`, `masking`, `curves`, `metrics`, blocks of the
    stages that metrics ask for, such as `sensitivity`, `device`, `precision`, `batch`, `name`, `progress`; `Options`
    describes them. **Raises:** `InputError`, one line, for anything that cannot be used.

    >>> from torch import nn
    >>> layers = nn.Conv2d(3, 8, 5, 2), nn.Conv2d(8, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 12 * 12, 5)
    >>> pixels = np.random.default_rng(0).integers(0, 255, (4, 32, 32, 3), dtype=np.uint8)
    >>> table = evaluate(nn.Sequential(*layers), pixels, ["gradcam", "random"], layer="2", progress=False)
    >>> table["method"].to_list()[3:5], table["adcc"].is_between(0, 1).all()
    (['gradcam', 'random'], True)
    """
    options = given.checked(options)  # type: ignore[assignment]
    with undisturbed():
        parts = [_measured(request, scene, options) for request, scene in scenes_of(network, images, methods, options)]
    return pl.concat(parts)


def scenes_of(network: Any, images: Any, methods: Any, options: Options) -> Iterator[tuple[Asked, Scene]]:
    """The checked request with each network of it, opened, and its images; several are target layers of one.

    **Raises:** `InputError`.
    """
    arrays, dataset = as_arrays(images), dataset_of(images)
    size = None if arrays is None else (arrays.shape[1], arrays.shape[2])
    own, blocks = given.of_network(options), given.blocks(options)
    request = asked(network, methods, dataset, own, size, options.get("name"), **blocks)
    inputs = arrays is not None and arrays.dtype != np.uint8
    if inputs and "preprocessing" not in own and scenes.needs_colours(request.config):
        raise InputError("preprocessing: name mean and std, which say what black and white are in normalised inputs")
    for label, block in request.networks.items():
        probe, facts = scenes.open_network(label, block, request.module, request.config["compute"])
        if inputs and (doubt := doubts(arrays, probe.preprocessing)):  # type: ignore[arg-type]
            warnings.warn(doubt, stacklevel=2)
        listed = None if dataset is None else request.config["dataset"]
        pictures = load(images, options.get("labels"), probe.preprocessing, listed)
        again = partial(scenes.built, label, block, request.module)
        watch = _watching(options.get("progress", True))
        yield request, Scene(label, probe, facts, pictures, request.config, watch, again)


def _measured(request: Asked, scene: Scene, options: Options) -> pl.DataFrame:
    """Rows of all methods on one network; what cannot explain it is refused before the first one begins."""
    scene = scenes.predict(scene, given.target(options, len(scene)))
    ready = {label: scenes.bound(scene, label, request.functions.get(label)) for label in request.config["methods"]}
    parts = []
    for label, (method, shape) in ready.items():
        clean = scenes.explain(scene, label, method, shape)
        masking = Masking(request.relu(label), **request.config["masking"])
        parts.append(scenes.measure(scene, label, method, clean, masking))
    return pl.concat(parts)


def _watching(progress: bool) -> Watch:
    """Progress bars of stages, which show after a second."""

    def watch(what: str, images: int, blocks: Blocks) -> Blocks:
        with tqdm(desc=what, total=images, unit="image", delay=1, leave=False, disable=not progress) as bar:
            for block in blocks:
                yield block
                bar.update(len(next(iter(block.values()))))

    return watch
