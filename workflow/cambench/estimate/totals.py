"""What a run will take: jobs, forward passes, bytes and hours of every stage, network and method."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl

from .. import further
from ..points import Points
from ..store.layout import Shapes, array, shard_count
from ..store.stages import STAGES
from .records import Cost, Timing

_ROW = 150  # bytes of a row of metrics.parquet
_CUT = 12  # bytes of a threshold in a row of stage `localisation`: four criteria, pixels inside and outside
_LOCALISED = 4e-7  # seconds of a pixel there: 20 ms of a map of 224 x 224
_TABLES = 11  # jobs that make tables, figures, the report and the record
_OPENINGS = 4  # of a network whose facts are known, in the job that finds them
_FIGURES = 12.0  # seconds that matplotlib needs for a run's figures, start-up apart


@dataclass(frozen=True)
class Work:
    """What is to be done, and what it takes beside the networks.

    - `images`: how many; `shards`: rows per job, by `network label` and stage; `resolutions`: sizes of maps by label
      (`layer`, `input` or [h, w]); `points` of curves: `pixels_per_step` and `points`, None if there are none.
    - `light`, `heavy`: seconds to start a job without torch, and with it; `decode`: seconds per image.
    - `given`: forward passes per second of some networks, on the machine to be used.
    - `lengths` of dimensions (see `further.lengths`), and how many images `sensitivity` measures, for stages that only
      a metric asks for.
    - `thresholds` of stage `localisation`, 0 if the run has none.
    """

    images: int
    shards: Mapping[str, Mapping[str, int]]
    resolutions: Mapping[str, str | list[int]]
    points: Mapping[str, Any] | None
    light: float
    heavy: float
    decode: float
    given: Mapping[str, float]
    lengths: Mapping[str, int] = field(default_factory=dict)
    sensitivity: int = 0
    thresholds: int = 0


def said_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of `Work` that a configuration, complete, says by itself."""
    return {
        "given": config["estimate"]["passes_per_second"],
        "lengths": further.lengths(config),
        "sensitivity": config["sensitivity"]["images"],
        "thresholds": config.get("localisation", {}).get("thresholds", 0),
    }


def estimate(networks: Mapping[str, Timing], work: Work) -> pl.DataFrame:
    """One row for each stage, network and method: jobs, passes, bytes, hours of all jobs one after the other.

    **Arguments:** `networks` what was measured of each.
    """
    images, shards = work.images, next(iter(work.shards.values()))
    reading, jobs = images * work.decode, shard_count(images, shards["images"])
    rows = [_row("manifest", jobs=1, seconds=work.light + reading), _row("machine", jobs=1, seconds=work.heavy)]
    for shape in {timing.images: timing.input for timing in networks.values()}.values():
        size = images * _bytes("images", Shapes(shape))
        rows.append(_row("images", jobs=jobs + 1, size=size, seconds=(jobs + 1) * work.light + reading))
    for name, timing in networks.items():
        rows.append(_row("networks", name, jobs=1, seconds=work.heavy + _OPENINGS * timing.open))
        stages = _Stages(name, timing, work)
        rows += stages.of_network()
        for label in work.resolutions:
            rows += stages.of_method(label)
    rows.append(_row("tables", jobs=_TABLES, seconds=_TABLES * work.light + _FIGURES))
    return pl.DataFrame(rows)


def of_size(networks: Mapping[str, Timing], work: Work, images: int) -> pl.DataFrame:
    """The same for another number of images."""
    return estimate(networks, replace(work, images=images))


@dataclass(frozen=True)
class _Stages:
    """The stages of one network."""

    name: str
    timing: Timing
    work: Work

    def of_network(self) -> Iterator[dict]:
        timing, shapes = self.timing, Shapes(self.timing.input, activations=self.timing.kept)
        shards = self.work.shards[f"{self.name} {next(iter(self.work.resolutions))}"]
        yield self.row("predictions", "", timing.predictions, shards["predictions"], shapes)
        if timing.scores:
            whole = Shapes(timing.input, activations=(timing.channels,))
            yield self.row("channel_scores", "", timing.scores, shards["channel_scores"], whole)
        for stage, cost in timing.further.items():
            yield self.row(stage, "", cost, shards[stage], Shapes(timing.input, lengths=self.work.lengths))

    def of_method(self, label: str) -> Iterator[dict]:
        work, timing, shards = self.work, self.timing, self.work.shards[f"{self.name} {label}"]
        resolution = work.resolutions[label]
        named = {"layer": timing.map, "input": timing.input}
        height, width = named[resolution] if isinstance(resolution, str) else resolution
        points = Points.of(math.prod(timing.input), work.points)
        shapes = Shapes(timing.input, (height, width), points, lengths=work.lengths)
        for stage, cost in timing.methods[label].items():
            some = min(1, work.sensitivity / work.images) if stage == "sensitivity" else 1
            yield self.row(stage, label, Cost(cost.seconds * some, cost.passes * some), shards[stage], shapes)
        if timing.curves and shapes.points.count:
            yield self.row("curves", label, timing.curves, shards["curves"], shapes)
        yield _row("metrics", self.name, label, jobs=1, size=work.images * _ROW, seconds=work.light)
        if work.thresholds:
            each = _LOCALISED * math.prod(timing.input)
            size, seconds = work.images * _CUT * work.thresholds, work.light + work.images * each
            yield _row("localisation", self.name, label, jobs=1, size=size, seconds=seconds)

    def row(self, stage: str, label: str, cost: Cost, shard: int, shapes: Shapes) -> dict:
        """The jobs of a store, and the one that finishes it."""
        work, seconds = self.work, cost.seconds
        jobs = shard_count(work.images, shard)
        if self.name in work.given:  # the machine to be used is faster by the ratio of their forward passes
            seconds /= work.given[self.name] * self.timing.predictions.seconds
        start = jobs * (work.heavy + self.timing.open) + work.light
        whole = work.images * cost.passes, work.images * _bytes(stage, shapes), start + work.images * seconds
        return _row(stage, self.name, label, jobs + 1, *whole)


def _bytes(stage: str, shapes: Shapes) -> int:
    """What a store holds of one image, before compression."""
    arrays = [array(stage, name, 1, shapes) for name in STAGES[stage].writes]
    return sum(math.prod(spec.item_shape) * np.dtype(spec.variable.dtype).itemsize for spec in arrays)


def _row(
    stage: str,
    network: str = "",
    method: str = "",
    jobs: int = 0,
    passes: float = 0,
    size: float = 0,
    seconds: float = 0,
) -> dict:
    names = {"stage": stage, "network": network, "method": method}
    return {**names, "jobs": jobs, "passes": round(passes), "bytes": round(size), "hours": seconds / 3600}


def total(table: pl.DataFrame) -> pl.DataFrame:
    """One row, the sums of a table."""
    names = [pl.lit(text).alias(name) for text, name in (("total", "stage"), ("", "network"), ("", "method"))]
    return table.select(*names, pl.sum("jobs", "passes", "bytes", "hours"))
