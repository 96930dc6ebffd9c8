"""What a metric is, and what it sees of the images that a method explained."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from ..masks import Masking, Scaled, masks, scale, statistics
from ..points import Points

CRITERIA = ("faithfulness", "localisation", "complexity", "robustness", "sanity", "several")
_OF_SOME = ("sensitivity.change",)  # NaN of the images that were not asked for, and finite of all others


@dataclass(frozen=True)
class Column:
    """What tables and people need to know of a metric.

    - `name` in tables, `title` for people, which way is better, and where its column stands (`place`).
    - `definition`: its formula in one line, in the terms of docs/metrics.md; `source`: who defined it.
    - `version`: raised whenever the numbers change that the same inputs give.
    - `range`: the least and the greatest value of an image.
    - `criterion`: which of `CRITERIA` it is about; `several` for one that is made of others.
    - `file`: path of the file, if it is the user's own.

    **Raises:** `ValueError`, one line, for what cannot be used.
    """

    name: str
    title: str
    higher_is_better: bool
    place: float = 100
    definition: str = ""
    source: str = ""
    version: int = 1
    range: tuple[float, float] = (0, 1)
    criterion: str = "faithfulness"
    file: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not re.fullmatch("[a-z][a-z0-9_]*", self.name):
            raise ValueError(f"name must have small letters, digits and _ alone, not {self.name!r}")
        for key in ("title", "definition", "source"):
            _check_text(key, getattr(self, key), may_be_empty=key != "title")
        if type(self.higher_is_better) is not bool:
            raise ValueError(f"higher_is_better must be True or False, not {self.higher_is_better!r}")
        if type(self.place) not in (int, float):
            raise ValueError(f"place must be a number, not {self.place!r}")
        if self.criterion not in CRITERIA:
            raise ValueError(f"criterion must be one of {', '.join(CRITERIA)}, not {self.criterion!r}")
        if type(self.version) is not int or self.version < 1:
            raise ValueError(f"version must be a whole number from 1, not {self.version!r}")
        if not _is_range(self.range):
            raise ValueError(f"range must be two numbers, the smaller one first, not {self.range!r}")

    @property
    def heading(self) -> str:
        """Title with the arrow of the better direction."""
        return f"{self.title} {'↑' if self.higher_is_better else '↓'}"


def _check_text(key: str, text: Any, may_be_empty: bool) -> None:
    """**Raises:** `ValueError` for what is no text of one line."""
    if not isinstance(text, str) or not text.isprintable() or not (may_be_empty or text.strip()):
        raise ValueError(f"{key} must be text that can be printed, not {text!r}")


def _is_range(values: Any) -> bool:
    if not isinstance(values, tuple | list) or len(values) != 2 or not {*map(type, values)} <= {int, float}:
        return False
    return bool(values[0] < values[1])


@dataclass(frozen=True)
class Explained:
    """What metrics see of n images that one method explained.

    - `probability`, `masked_probability`: float64 (n,), of the explained class on the clean and on the masked input.
    - `raw`, `masked_raw`: raw maps, float (n, h, w), of both; `masked_raw` is None where there are none.
    - `size`: (H, W) of the input; `masking`: how raw maps become masks.
    - `curves`: float64 (n, points), by name; empty if there are none. `points` says which steps have one, and `steps`,
      int (n, points), which were drawn for each image; whole curves need none.
    - `objects`: pixels that belong to the explained object, bool (n, H, W); None if nobody says where it is. A metric
      that takes them needs `objects.mask`.
    - `area`: rule of the area under a curve, `trapezoid` or `mean`.
    - `made`: what further stages made of the images that the metrics need, by `stage.variable`.

    Arrays are read-only, so that no metric can change what the next one sees.
    """

    probability: np.ndarray
    masked_probability: np.ndarray
    raw: np.ndarray = field(default_factory=lambda: np.zeros((0, 1, 1)))
    masked_raw: np.ndarray | None = None
    size: tuple[int, int] = (1, 1)
    masking: Masking = field(default_factory=Masking)
    curves: Mapping[str, np.ndarray] = field(default_factory=dict)
    points: Points = field(default_factory=Points)
    area: str = "trapezoid"
    steps: np.ndarray | None = None
    objects: np.ndarray | None = None
    made: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                object.__setattr__(self, name, _kept(value))
        for name in ("curves", "made"):
            object.__setattr__(self, name, {key: _kept(values) for key, values in getattr(self, name).items()})

    @cached_property
    def clean(self) -> Scaled:
        """S of the clean inputs, and which have none."""
        return scale(self.raw, self.masking.relu)

    @cached_property
    def masked(self) -> Scaled:
        """S of the masked inputs; that of the clean ones where there are no maps of the masked."""
        return self.clean if self.masked_raw is None else scale(self.masked_raw, self.masking.relu)

    @cached_property
    def _statistics(self) -> tuple[np.ndarray, np.ndarray]:
        masked_raw = self.raw if self.masked_raw is None else self.masked_raw
        return statistics((self.raw, masked_raw), (self.clean, self.masked), self.size, self.masking)

    @cached_property
    def mask(self) -> np.ndarray:
        """U(S) of the clean inputs, float32 (n, H, W) in [0, 1]; a metric that takes it needs `saliency.mask`."""
        return _kept(masks(self.raw, self.size, self.masking))

    @cached_property
    def ordered(self) -> np.ndarray:
        """Pixels of U(S), the least salient first, float64 (n, H W)."""
        return _kept(np.sort(self.mask.reshape(len(self.mask), -1), axis=1).astype(np.float64))

    @property
    def mean(self) -> np.ndarray:
        """Mean over pixels of U(S), float64 (n,) in [0, 1]."""
        return self._statistics[0]

    @property
    def correlation(self) -> np.ndarray:
        """Pearson's correlation over pixels of U(S) of clean and masked input, float64 (n,); 0 where one is flat."""
        return self._statistics[1]

    def area_under(self, name: str) -> np.ndarray | None:
        """Areas float64 (n,) under curves, NaN where a point is not finite; None if there are none of that name."""
        curves = self.curves.get(name)
        return None if curves is None else area_under(curves, self.points, self.area, self.steps)

    @cached_property
    def unscaled(self) -> np.ndarray:
        """Which rows have a map without S, so no coherency: constant or not finite, bool (n,)."""
        return self.degenerate | self.clean.nonfinite | self.masked.nonfinite

    @cached_property
    def improbable(self) -> np.ndarray:
        """Which rows have a probability, clean or masked, that is not finite, bool (n,)."""
        return ~(np.isfinite(self.probability) & np.isfinite(self.masked_probability))

    @cached_property
    def probabilities(self) -> tuple[np.ndarray, np.ndarray]:
        """Probabilities, clean and masked, each float64 (n,); both 0 in rows that are `improbable`."""
        p, q = (np.where(self.improbable, 0, each) for each in (self.probability, self.masked_probability))
        return p, q

    @cached_property
    def nonfinite(self) -> np.ndarray:
        """Which rows have a map, a probability or another stored number that is not finite, bool (n,)."""
        others = [*self.curves.values(), *(of for name, of in self.made.items() if name not in _OF_SOME)]
        broken = [~np.isfinite(values).reshape(len(values), -1).all(1) for values in others]
        return np.logical_or.reduce([self.clean.nonfinite, self.masked.nonfinite, self.improbable, *broken])

    @cached_property
    def degenerate(self) -> np.ndarray:
        """Which rows have a constant map but no map that is not finite, bool (n,)."""
        return (self.clean.degenerate | self.masked.degenerate) & ~(self.clean.nonfinite | self.masked.nonfinite)


def _kept(values: np.ndarray) -> np.ndarray:
    """The same values, which cannot be changed."""
    view = values.view()
    view.flags.writeable = False
    return view


class Metric(Protocol):
    """A file of this folder: its column, and the function that fills it."""

    COLUMN: Column

    def measure(self, seen: Explained) -> np.ndarray | None:
        """Values float64 (n,), one per image; None if the run did not make what the metric needs."""
        ...


def harmonic_mean(*terms: np.ndarray) -> np.ndarray:
    """Harmonic mean over the arguments, 0 where one of them is 0; NaN stays NaN (Poppi et al., 2021, eq. 6).

    >>> harmonic_mean(np.array([0.5, 0.0]), np.array([1.0, 1.0]))
    array([0.66666667, 0.        ])
    """
    stacked = np.stack(np.broadcast_arrays(*terms)).astype(np.float64)
    zero = (stacked <= 0).any(0) & ~np.isnan(stacked).any(0)
    return np.where(zero, 0, len(stacked) / (1 / np.where(stacked <= 0, 1, stacked)).sum(0))


def area_under(
    curves: np.ndarray, points: Points, rule: str = "trapezoid", steps: np.ndarray | None = None
) -> np.ndarray:
    """Areas float64 (n,) under curves (n, points) over the share of pixels changed, from 0 to 1.

    They lie in [0, 1]; of drawn points, the shorter last step of a curve can take them half a step beyond. NaN under a
    curve with a point that is not finite.

    **Arguments:** `rule` is `trapezoid`, or `mean`: that of all steps, whatever their distance; `steps` int (n, points)
    says which were drawn.

    >>> area_under(np.array([[1.0, 0.5, 0.0]]), Points((0, 0.5, 1)))
    array([0.5])
    >>> quarters = Points((0, 0.25, 0.5, 0.75, 1), drawn=1)  # the second of three inner steps stands for them all
    >>> area_under(np.array([[1.0, 0.4, 0.0]]), quarters, steps=np.array([[0, 2, 4]])).round(6)
    array([0.425])
    """
    values = np.where(np.isfinite(curves).all(1, keepdims=True), curves, np.nan)
    if points.drawn is None:
        return np.asarray(values.mean(1) if rule == "mean" else np.trapezoid(values, points.shares, axis=1))
    assert steps is not None
    return np.asarray((values * points.weights(steps, rule)).sum(1))
