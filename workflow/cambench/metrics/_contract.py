"""What a metric is, and what it sees of the images that a method explained."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np

from ..masks import Masking, Scaled, scale, statistics
from ..points import Points


@dataclass(frozen=True)
class Column:
    """A metric's column: `name` in tables, `title` for people, which way is better, and where it stands (`place`)."""

    name: str
    title: str
    higher_is_better: bool
    place: int = 100

    @property
    def heading(self) -> str:
        """Title with the arrow of the better direction."""
        return f"{self.title} {'↑' if self.higher_is_better else '↓'}"


@dataclass(frozen=True)
class Explained:
    """What metrics see of n images that one method explained.

    - `probability`, `masked_probability`: float64 (n,), of the explained class on the clean and on the masked input.
    - `raw`, `masked_raw`: raw maps, float (n, h, w), of both; `masked_raw` is None where there are none.
    - `size`: (H, W) of the input; `masking`: how raw maps become masks.
    - `curves`: float64 (n, points), by name; empty if there are none. `points` says which steps have one, and `steps`,
      int (n, points), which were drawn for each image; whole curves need none.
    - `area`: rule of the area under a curve, `trapezoid` or `mean`.
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
        """Which rows have a map, a probability or a point of a curve that is not finite, bool (n,)."""
        broken = [~np.isfinite(curve).all(1) for curve in self.curves.values()]
        return np.logical_or.reduce([self.clean.nonfinite, self.masked.nonfinite, self.improbable, *broken])

    @cached_property
    def degenerate(self) -> np.ndarray:
        """Which rows have a constant map but no map that is not finite, bool (n,)."""
        return (self.clean.degenerate | self.masked.degenerate) & ~(self.clean.nonfinite | self.masked.nonfinite)


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
