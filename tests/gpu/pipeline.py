"""The stages of a run, one after the other, on arrays."""

import math
from dataclasses import dataclass

import numpy as np
import scene  # noqa: F401  puts the package on the path

from cambench import methods
from cambench.masks import Masking
from cambench.methods._contract import bind
from cambench.metrics import Explained
from cambench.networks.batches import gathered
from cambench.networks.probe import Probe, Shard
from cambench.points import Points
from cambench.stages import curves, masked, metrics, predictions, saliency

Columns = dict[str, np.ndarray]
_ENDS = {"deletion": {"start": "image", "end": "zero"}, "insertion": {"start": "blur", "end": "image"}}


@dataclass(frozen=True)
class Work:
    """How images are explained: `batch` inputs are forwarded at once, curves have so many `steps`."""

    batch: int
    steps: int = 28
    points: int | str = "all"

    def curves(self, shape: tuple[int, int]) -> curves.CurveSettings:
        """RISE's curves on inputs of a shape."""
        step = -(-shape[0] * shape[1] // self.steps)
        return curves.CurveSettings(pixels_per_step=step, ties="random", points=self.points, **_ENDS)


@dataclass(frozen=True)
class Made:
    """What the stages make of a method: by stage, its arrays."""

    predictions: Columns
    saliency: Columns
    masked: Columns
    curves: Columns
    metrics: Columns


def masking_of(method: str) -> Masking:
    """How a method's map becomes a mask."""
    return Masking(relu=methods.facts(method).relu)


def predicted(probe: Probe, images: np.ndarray, batch: int) -> Columns:
    """Stage `predictions`."""
    return gathered(predictions.predict(probe, images, np.full(len(images), -1), "predicted", batch))


def explained(probe: Probe, images: np.ndarray, method: str, work: Work, classes: np.ndarray) -> Columns:
    """Stage `saliency`."""
    shape = probe.input_shape if methods.facts(method).resolution == "input" else probe.map_shape
    given = Shard(images, classes, np.arange(len(images)))
    return gathered(saliency.explain(probe, bind(method, {}, work.batch), given, shape))


def made(
    probe: Probe,
    images: np.ndarray,
    method: str,
    work: Work,
    clean: Columns | None = None,
    raw: np.ndarray | None = None,
) -> Made:
    """All stages; `clean` and `raw` take the place of predictions and maps for the stages after them."""
    clean = clean or predicted(probe, images, work.batch)
    given = Shard(images, clean["target"], np.arange(len(images)))
    masking, settings = masking_of(method), work.curves(probe.input_shape)
    first = explained(probe, images, method, work, clean["target"])
    raw = first["raw"] if raw is None else raw
    second = gathered(masked.explain_masked(probe, bind(method, {}, work.batch), given, raw, masking))
    drawn = gathered(curves.draw(probe, given, raw, clean["probability"], masking, settings, work.batch))
    seen = Explained(
        clean["probability"],
        second["probability"],
        raw,
        second["raw"],
        probe.input_shape,
        masking,
        {name: drawn[name] for name in curves.CURVES},
        Points.of(math.prod(probe.input_shape), vars(settings)),
        steps=drawn["steps"],
    )
    return Made(clean, first, second, drawn, metrics.measure(seen))
