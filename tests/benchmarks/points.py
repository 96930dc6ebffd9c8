"""Deletion and insertion from drawn points beside whole curves: time, passes, and areas, on the demo's network.

    OMP_NUM_THREADS=1 python tests/benchmarks/points.py

Prints a Markdown table. Whole curves of twenty photographs and three methods are 27,000 forward passes: ten minutes or
more on one core.
"""

import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from scipy import stats
from subject import BATCH, Subject, photographs

from cambench.masks import Masking
from cambench.methods import facts
from cambench.methods._contract import bind
from cambench.metrics._contract import area_under
from cambench.networks.batches import gathered
from cambench.networks.probe import Shard
from cambench.points import Points
from cambench.stages import curves, predictions, saliency

METHODS = ("gradcam", "reciprocam", "random")
IMAGES, DRAWN, DRAWS = 20, 8, 2000
ENDS = {"deletion": {"start": "image", "end": "zero"}, "insertion": {"start": "blur", "end": "image"}}
HEAD = (
    *("method", "curve", "area, whole", f"area, {DRAWN} drawn", "bias", "rms of an image"),
    *("passes per image", "CPU seconds per image", "times as fast"),
)


class Drawn(NamedTuple):
    """Curves of all images, by name, with the steps; CPU seconds and forward passes per image."""

    found: Mapping[str, np.ndarray]
    points: Points
    seconds: float
    passes: float

    def areas(self, name: str) -> np.ndarray:
        """Float64 (n,), in percent."""
        return 100 * area_under(self.found[name], self.points, steps=self.found["steps"])


def draw(subject: Subject, shard: Shard, method: str, points: int | str) -> Drawn:
    """Curves of one method's maps."""
    settings = curves.CurveSettings(224, **ENDS, ties="random", points=points)
    raw = gathered(saliency.explain(subject.probe, bind(method, {}, BATCH), shard, subject.probe.map_shape))["raw"]
    labels = np.full(len(raw), -1)
    p = gathered(predictions.predict(subject.probe, subject.pixels, labels, "predicted", BATCH))["probability"]
    start = time.process_time()
    found = gathered(curves.draw(subject.probe, shard, raw, p, Masking(facts(method).relu), settings, BATCH))
    seconds = time.process_time() - start
    pixels = int(np.prod(subject.probe.input_shape))
    return Drawn(found, Points.of(pixels, vars(settings)), seconds / len(raw), found["passes"].mean())


def again(whole: Drawn, name: str) -> tuple[float, float]:
    """Bias of the mean area, and root mean square error of an image's, over many draws from whole curves; in points."""
    points, values = Points(whole.points.shares, DRAWN), whole.found[name]
    errors = np.empty((DRAWS, len(values)))
    for number in range(DRAWS):
        steps = points.steps(np.arange(len(values)) + number * len(values))
        curve = np.take_along_axis(values, steps.astype(np.int64), 1)
        errors[number] = 100 * area_under(curve, points, steps=steps) - whole.areas(name)
    return float(errors.mean()), float(np.sqrt((errors**2).mean()))


def interval(areas: np.ndarray) -> str:
    """Mean with half of Student's 95 % interval."""
    half = stats.t.ppf(0.975, len(areas) - 1) * areas.std(ddof=1) / np.sqrt(len(areas))
    return f"{areas.mean():.2f} ± {half:.2f}"


def rows(subject: Subject, shard: Shard, method: str) -> Iterator[tuple[Any, ...]]:
    """One row per curve; passes and seconds are those of both."""
    whole, drawn = (draw(subject, shard, method, points) for points in ("all", DRAWN))
    for name in curves.CURVES:
        bias, rms = again(whole, name)
        cells = f"{whole.passes:.0f} / {drawn.passes:.0f}", f"{whole.seconds:.2f} / {drawn.seconds:.2f}"
        areas = (interval(each.areas(name)) for each in (whole, drawn))
        yield method, name, *areas, f"{bias:+.3f}", f"{rms:.2f}", *cells, f"{whole.seconds / drawn.seconds:.1f}"


def main() -> None:
    subject = Subject("efficientnet-lite0", photographs(IMAGES, 224), ours=True)
    shard = Shard(subject.pixels, subject.shard.classes, np.arange(IMAGES))
    print(f"| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}", flush=True)
    for method in METHODS:
        for row in rows(subject, shard, method):
            print(f"| {' | '.join(map(str, row))} |", flush=True)


if __name__ == "__main__":
    main()
