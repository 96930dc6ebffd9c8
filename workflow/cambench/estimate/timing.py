"""How long a network and its methods take on this machine: short runs on noise, for `snakemake estimate`.

It runs the stages' own functions, so that what is measured is what will be run; long lists of inputs are cut to their
first batches, and the rest is counted at the same speed.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

from .. import methods
from ..images.sizes import preprocessing_name
from ..masks import Masking
from ..methods._contract import bind
from ..networks.batches import Batches, gathered
from ..networks.device import device_name, synchronise
from ..networks.open import open_probe
from ..networks.probe import Probe, Shard
from ..stages import curves, masked, predictions, saliency
from ..stages.curves import CurveSettings

_FEW = 8  # images on a CPU, where a large batch gains nothing
_CUT = 2  # batches that are run of a long list


class Cost(NamedTuple):
    """Seconds and forward passes per image."""

    seconds: float
    passes: float


@dataclass(frozen=True)
class Timing:
    """What one network takes: `open` seconds to open it, and the cost of its stages.

    `images` names the store of its images, which networks that resize and crop alike share; `map` (h, w), `input`
    (H, W).
    """

    images: str
    map: tuple[int, int]
    input: tuple[int, int]
    device: str
    open: float
    predictions: Cost
    curves: Cost | None
    methods: dict[str, dict[str, Cost]]  # by label and stage


@dataclass(frozen=True)
class Timed:
    """What is to be measured: settings of the config, `methods` by label, `curves` None if none are drawn."""

    compute: dict
    masking: dict
    curves: CurveSettings | None
    methods: dict[str, dict]
    threads: int


class _Sampled(Batches):
    """Runs only the first batches of a long list, repeats their results, and counts the time not spent."""

    saved = 0.0

    def run(self, function: Callable[[int, int], torch.Tensor], rows: int) -> torch.Tensor:
        taken = min(rows, _CUT * self.size)
        start = time.perf_counter()
        results = super().run(function, taken)
        synchronise(results.device)
        _Sampled.saved += (time.perf_counter() - start) * (rows / taken - 1)
        return results[torch.arange(rows, device=results.device) % taken]


def keep_busy(settings: dict, compute: dict, threads: int) -> None:
    """Forward noise without end, in place of another job; prints one line when it has begun."""
    probe = open_probe("neighbour", settings, compute, threads)
    images = probe.prepare(np.zeros((min(_FEW, compute["batch"]), *probe.input_shape, 3), np.uint8))
    print("begun", flush=True)
    with torch.no_grad():
        while True:
            probe.network(images)


def measure(name: str, settings: dict, timed: Timed) -> Timing:
    """Seconds and passes per image of every stage that runs one network."""
    start = time.perf_counter()
    probe = open_probe(name, settings, timed.compute, timed.threads, batches=_Sampled)
    few = timed.compute["batch"] if probe.device.type == "cuda" else min(_FEW, timed.compute["batch"])
    pixels = np.random.default_rng(0).integers(0, 255, (few, *probe.input_shape, 3), dtype=np.uint8)
    shard = Shard(pixels, np.zeros(few, np.int64), np.zeros(few, np.int64))
    gathered(predictions.predict(probe, pixels, shard.classes, "predicted", few))
    synchronise(probe.device)
    opened = time.perf_counter() - start  # the first batch is slow: kernels are prepared, and memory is new
    clean = _timed(probe, few, lambda: predictions.predict(probe, pixels, shard.classes, "predicted", few))
    return Timing(
        images=preprocessing_name(probe.preprocessing),
        map=probe.map_shape,
        input=probe.input_shape,
        device=device_name(probe.device),
        open=opened - few * clean.seconds,
        predictions=clean,
        curves=_curves(probe, shard, timed) if timed.curves else None,
        methods={label: _method(probe, block, shard, clean, timed) for label, block in timed.methods.items()},
    )


def _curves(probe: Probe, shard: Shard, timed: Timed) -> Cost:
    few, settings = len(shard.pixels), timed.curves
    assert settings is not None
    raw = np.random.default_rng(1).random((few, *probe.map_shape), np.float32)
    masking, p = Masking(order=timed.masking["order"]), np.zeros(few)
    return _timed(probe, few, lambda: curves.draw(probe, shard, raw, p, masking, settings, few))


def _method(probe: Probe, block: dict, shard: Shard, clean: Cost, timed: Timed) -> dict[str, Cost]:
    facts = methods.facts(block["cam"])
    if facts.resolution == "file":
        return {"saliency": Cost(0.0, 0.0), "masked": clean}
    shape = probe.input_shape if facts.resolution == "input" else probe.map_shape
    method = bind(block["cam"], block["settings"], len(shard.pixels))
    few = method.images_at_once
    some = Shard(shard.pixels[:few], shard.classes[:few], np.zeros(few, np.int64))
    raw = np.random.default_rng(2).random((few, *shape), np.float32)
    masking = Masking(facts.relu, **timed.masking)
    return {
        "saliency": _timed(probe, few, lambda: saliency.explain(probe, method, some, shape)),
        "masked": _timed(probe, few, lambda: masked.explain_masked(probe, method, some, raw, masking)),
    }


def _timed(probe: Probe, images: int, function: Callable[[], Iterable[dict[str, np.ndarray]]]) -> Cost:
    """Seconds and passes per image; the first of two runs warms up."""
    for _ in range(2):
        _Sampled.saved, start = 0.0, time.perf_counter()
        result = gathered(function())
        synchronise(probe.device)
        seconds = time.perf_counter() - start + _Sampled.saved
    return Cost(seconds / images, float(result.get("passes", np.ones(1)).mean()))
