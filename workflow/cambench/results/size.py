"""How many images a sample needs, which its pilot says (two-stage sampling, Stein 1945)."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from ..errors import InputError
from .columns import COLUMNS
from .precision import deviations, images_for, span


@dataclass(frozen=True)
class Wanted:
    """How sure the means of some `metrics` are to be, for every network and method.

    - `half_width`: of their intervals, in percentage points; `confidence` of these, in (0, 1).
    - `pilot`: images of the pilot; `most`: those that the data set has.
    - `whole`: the number of images is a multiple of this, for jobs to be full.
    """

    half_width: float
    pilot: int
    metrics: tuple[str, ...]
    confidence: float
    most: int
    whole: int = 1


def decide(frame: pl.DataFrame, wanted: Wanted) -> dict[str, Any]:
    """The number of images of a sample, and what each cell needs.

    **Arguments:** `frame` the table of the pilot's images: network, method, and columns of metrics.
    **Returns:** `images`; `of` so many; `needed`, which may be more; `half_width`, `confidence`, `pilot`, `metrics` as
    wanted; `cells`: by network, method and metric the standard deviation `sd` (percentage points) and the `images`
    that it takes. **Raises:** `InputError` for a metric that no method has.
    """
    cells = [
        {"network": network, "method": method, **cell}
        for (network, method), part in frame.group_by(["network", "method"], maintain_order=True)
        for cell in _cells(part, wanted)
    ]
    for name in wanted.metrics:
        if not any(cell["metric"] == name for cell in cells):
            raise InputError(f"dataset.sample: metrics: {name} is not known of any method, so nothing can be that sure")
    needed = max(int(cell["images"]) for cell in cells)
    images = min(wanted.most, math.ceil(needed / wanted.whole) * wanted.whole)
    asked = {name: getattr(wanted, name) for name in ("half_width", "confidence", "pilot", "metrics")}
    return {"images": images, "of": wanted.most, "needed": needed, **asked, "cells": cells}


def notes(decided: dict[str, Any]) -> list[str]:
    """A line if the data set has too few images, for the terminal; `decided` as `decide` returns it."""
    if decided["needed"] <= decided["of"]:
        return []
    return [f"dataset.sample: {unreached(decided['half_width'], decided['needed'], decided['of'])}"]


def unreached(half_width: float, needed: int, there: int) -> str:
    """That a half-width (percentage points) takes more images than there are."""
    return f"±{half_width:g} points were wanted, which takes {needed:,} images, but there are {there:,}"


def _cells(part: pl.DataFrame, wanted: Wanted) -> list[dict[str, Any]]:
    """Metric, standard deviation and number of images, of one network and method."""
    values = {name: part[name].to_numpy() for name in COLUMNS if name in part.columns}
    found = {name: sd for name, sd in deviations(values).items() if name in wanted.metrics and np.isfinite(sd)}
    half = wanted.half_width / 100
    return [
        {"metric": name, "sd": 100 * sd, "images": images_for(sd, half, wanted.pilot, wanted.confidence, span(name))}
        for name, sd in found.items()
    ]
