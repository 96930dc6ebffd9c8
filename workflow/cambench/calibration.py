"""How long a network and its methods take on this machine: short runs on noise, for `snakemake estimate`.

It runs the stages' own functions, so that what is measured is what will be run; long lists of inputs are cut to their
first batches, and the rest is counted at the same speed.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch

from . import curves, masked, networks, predictions, registry, saliency
from .probe import Probe
from .runtime import Batches, device_name, gathered, synchronise

_FEW = 8  # images on a CPU, where a large batch gains nothing
_CUT = 2  # batches that are run of a long list


class _Sampled(Batches):
    """Runs the first batches of a long list alone, repeats their results, and counts the time not spent."""

    saved = 0.0

    def run(self, function: Callable[[int, int], torch.Tensor], rows: int) -> torch.Tensor:
        taken = min(rows, _CUT * self.size)
        start = time.perf_counter()
        results = super().run(function, taken)
        synchronise(results.device)
        _Sampled.saved += (time.perf_counter() - start) * (rows / taken - 1)
        return results[torch.arange(rows, device=results.device) % taken]


def keep_busy(settings: dict, compute: dict, threads: int) -> None:
    """Forward noise without end, as a job beside the one that is measured; says first that it has begun."""
    probe = networks.open_probe("neighbour", settings, compute, threads)
    images = probe.prepare(np.zeros((min(_FEW, compute["batch"]), *probe.input_shape, 3), np.uint8))
    print("begun", flush=True)
    with torch.no_grad():
        while True:
            probe.network(images)


def measure_all(
    config: dict, methods: dict[str, dict], curve_settings: dict | None, threads: int, advance: Callable[[int], object]
) -> dict[str, dict]:
    """What `measure` finds, by network."""
    run, found = {"compute": config["compute"], "masking": config["masking"], "curves": curve_settings}, {}
    for name, settings in config["models"].items():
        found[name] = measure(name, settings, methods, run, threads)
        advance(1)
    return found


def measure(model: str, settings: dict, methods: dict[str, dict], run: dict, threads: int) -> dict[str, Any]:
    """Seconds and passes an image of every stage that runs one network.

    **Arguments:** `methods` by label with method, settings, relu; `run` with compute, masking and curves of the config
    (curves None if none are drawn).
    **Returns:** `open` seconds to open the network; `map` (h, w), `input` (H, W) and `device`; by stage
    (`predictions`, `curves`) and by label and stage (`saliency`, `masked`) pairs of seconds and passes an image.
    """
    start = time.perf_counter()
    probe = networks.open_probe(model, settings, run["compute"], threads)
    probe.replace_batches(_Sampled)
    few = run["compute"]["batch"] if probe.device.type == "cuda" else min(_FEW, run["compute"]["batch"])
    pixels = np.random.default_rng(0).integers(0, 255, (few, *probe.input_shape, 3), dtype=np.uint8)
    labels = np.zeros(few, np.int64)
    found: dict[str, Any] = {"map": probe.map_shape, "input": probe.input_shape, "device": device_name(probe.device)}
    gathered(predictions.predict(probe, pixels, labels, "predicted", few))
    synchronise(probe.device)
    opened = time.perf_counter() - start  # a first batch is slow: kernels are made for it, and memory is new
    found["predictions"] = _timed(probe, few, lambda: predictions.predict(probe, pixels, labels, "predicted", few))
    found["open"] = opened - few * found["predictions"][0]
    if run["curves"]:
        raw = np.random.default_rng(1).random((few, *probe.map_shape), np.float32)
        options = (True, run["masking"]["order"], run["curves"])
        p = np.zeros(few, np.float32)
        found["curves"] = _timed(probe, few, lambda: curves.draw(probe, raw, pixels, labels, p, few, *options))
    found["methods"] = {
        label: _method(probe, block, pixels, found["predictions"], run["masking"]) for label, block in methods.items()
    }
    return found


def _method(probe: Probe, block: dict, pixels: np.ndarray, clean: tuple, masking: dict) -> dict[str, tuple]:
    facts = registry.facts(block["method"])
    if facts.resolution == "file":
        return {"saliency": (0.0, 0.0), "masked": clean}
    shape = probe.input_shape if facts.resolution == "input" else probe.map_shape
    cam, at_once = registry.load(block["method"]), registry.images_at_once(block["method"], len(pixels))
    some, zeros = pixels[:at_once], np.zeros(at_once, np.int64)
    raw = np.random.default_rng(2).random((at_once, *shape), np.float32)
    arguments = (zeros, zeros, at_once, block["settings"])
    return {
        "saliency": _timed(probe, at_once, lambda: saliency.explain(probe, cam, some, *arguments, shape)),
        "masked": _timed(
            probe,
            at_once,
            lambda: masked.explain_masked(probe, cam, raw, some, *arguments, facts.relu, masking),
        ),
    }


def _timed(probe: Probe, images: int, function: Callable[[], Iterable[dict[str, np.ndarray]]]) -> tuple[float, float]:
    """Seconds and passes an image; the first of two runs warms up."""
    for _ in range(2):
        _Sampled.saved, start = 0.0, time.perf_counter()
        result = gathered(function())
        synchronise(probe.device)
        seconds = time.perf_counter() - start + _Sampled.saved
    return seconds / images, float(result.get("passes", np.ones(1)).mean())
