"""How long a network and its methods take on this machine: short runs on noise, for `snakemake estimate`.

It runs the stages' own functions, so that what is measured is what will be run; long lists of inputs are cut to their
first batches, and the rest is counted at the same speed.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

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
from ..passes import own_passes
from ..stages import channel_scores, curves, masked, predictions, saliency
from ..stages.curves import CurveSettings
from ..store.network import Network, shares_activations
from . import counted, speeds
from .counted import Asked
from .records import Cost, Timing
from .speeds import Speed

_FEW = 8  # images on a CPU, where a large batch gains nothing
_CUT = 2  # batches that are run of a long list


@dataclass(frozen=True)
class Timed:
    """How networks are measured: `asked` of them, `curves` None if none are drawn, and settings of the config."""

    asked: Asked
    compute: dict
    masking: dict
    curves: CurveSettings | None
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


def every(
    config: dict[str, Any],
    facts: Mapping[str, Network],
    timed: Timed,
    each: Callable[[Mapping[str, Any], str], Iterable[tuple[str, Any]]],
) -> dict[str, Timing]:
    """What each network of a configuration takes.

    **Arguments:** `config` complete; `facts` of its networks; `each` goes through its blocks, with progress.
    """
    known, blocks = speeds.of(config, facts), each(config["networks"], "network")
    return {name: of(name, block, timed, facts[name], known.get(name)) for name, block in blocks}


def of(name: str, settings: dict, timed: Timed, known: Network, speed: Speed | None) -> Timing:
    """What a network takes: counted where its speed is known, else measured."""
    if speed is None:
        return measure(name, settings, timed, known)
    return counted.timing(known, timed.asked, speed, _opening(name, settings, timed, known))


def _opening(name: str, settings: dict, timed: Timed, known: Network) -> float:
    """Seconds to open a network that was described."""
    start = time.perf_counter()
    open_probe(name, settings, timed.compute, timed.threads, known)
    return time.perf_counter() - start


def measure(name: str, settings: dict, timed: Timed, known: Network) -> Timing:
    """Seconds and passes per image of every stage that runs one network."""
    start = time.perf_counter()
    probe = open_probe(name, settings, timed.compute, timed.threads, known, _Sampled)
    few = timed.compute["batch"] if probe.device.type == "cuda" else min(_FEW, timed.compute["batch"])
    pixels = np.random.default_rng(0).integers(0, 255, (few, *probe.input_shape, 3), dtype=np.uint8)
    keeps, labels = shares_activations(known, timed.asked.share), np.zeros(few, np.int64)

    def predict() -> Iterable[dict[str, np.ndarray]]:
        return predictions.predict(probe, pixels, labels, "predicted", few, keeps)

    kept = gathered(predict())["activations"] if keeps else None
    synchronise(probe.device)
    opened = time.perf_counter() - start  # the first batch is slow: kernels are prepared, and memory is new
    clean = _timed(probe, few, predict)
    shard = Shard(pixels, labels, labels, activations=kept)
    scores, scored = _scores(probe, shard, timed) if timed.asked.scored else (None, shard)
    shards = {label: scored if label in timed.asked.scored else shard for label in timed.asked.methods}
    blocks = timed.asked.methods.items()
    found = Timing(
        images=preprocessing_name(probe.preprocessing),
        map=probe.map_shape,
        input=probe.input_shape,
        channels=known["channels"],
        device=device_name(probe.device),
        open=opened - few * clean.seconds,
        predictions=clean,
        curves=_curves(probe, shard, timed) if timed.curves else None,
        methods={label: _method(probe, block, shards[label], clean, timed) for label, block in blocks},
        keeps=keeps,
        scores=scores,
    )
    return counted.with_further(found, timed.asked)


def _scores(probe: Probe, shard: Shard, timed: Timed) -> tuple[Cost, Shard]:
    """What stage `channel_scores` costs, and images whose scores it has made."""
    batch, few = timed.compute["batch"], methods.images_at_once("scorecam", len(shard.classes))
    some = _some(shard, few)
    found = gathered(channel_scores.score(probe, some, batch))["scores"]
    cost = _timed(probe, few, lambda: channel_scores.score(probe, some, batch))
    cost = cost._replace(passes=own_passes(cost.passes, shard.activations is not None))
    return cost, replace(shard, scores=np.resize(found, (len(shard.classes), found.shape[1])))


def _some(shard: Shard, few: int) -> Shard:
    """The first images."""
    found = [None if rows is None else rows[:few] for rows in shard.known]
    return Shard(shard.pixels[:few], shard.classes[:few], np.zeros(few, np.int64), 0, *found)


def _curves(probe: Probe, shard: Shard, timed: Timed) -> Cost:
    few, settings = len(shard.classes), timed.curves
    assert settings is not None
    raw = np.random.default_rng(1).random((few, *probe.map_shape), np.float32)
    masking, p = Masking(order=timed.masking["order"]), np.zeros(few)
    return _timed(probe, few, lambda: curves.draw(probe, shard, raw, p, masking, settings, few))


def _method(probe: Probe, block: dict, shard: Shard, clean: Cost, timed: Timed) -> dict[str, Cost]:
    facts = methods.facts_with(block["cam"], block["settings"])
    if facts.is_precomputed:
        return {"saliency": Cost(0.0, 0.0), "masked": clean}
    shape = probe.input_shape if facts.resolution == "input" else probe.map_shape
    method = bind(block["cam"], block["settings"], len(shard.classes))
    few = method.images_at_once
    some = _some(shard, few)
    raw = np.random.default_rng(2).random((few, *shape), np.float32)
    masking = Masking(facts.relu, **timed.masking)
    explained = _timed(probe, few, lambda: saliency.explain(probe, method, some, shape))
    # Stages also count the passes that another one has made for them.
    made = own_passes(explained.passes, shard.activations is not None, facts.repeats, shard.scores is not None)
    return {
        "saliency": explained._replace(passes=made),
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
