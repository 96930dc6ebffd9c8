"""What a metric is, and what it sees of the images that a method explained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np

from ..masks import Masking, Scaled, scale, statistics


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
    - `curves`: float64 (n, points), by name, over `points`, the share of pixels changed; empty if none were drawn.
    - `area`: rule of the area under a curve, `trapezoid` or `mean`.
    """

    probability: np.ndarray
    masked_probability: np.ndarray
    raw: np.ndarray = field(default_factory=lambda: np.zeros((0, 1, 1)))
    masked_raw: np.ndarray | None = None
    size: tuple[int, int] = (1, 1)
    masking: Masking = field(default_factory=Masking)
    curves: Mapping[str, np.ndarray] = field(default_factory=dict)
    points: Sequence[float] = ()
    area: str = "trapezoid"

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


def area_under(curves: np.ndarray, points: Sequence[float], rule: str = "trapezoid") -> np.ndarray:
    """Areas float64 (n,) under curves (n, points) over the share of pixels changed, from 0 to 1; in [0, 1].

    **Arguments:** `rule` is `trapezoid`, or `mean`: that of the points, whatever their distance. NaN under a curve with
    a point that is not finite.

    >>> area_under(np.array([[1.0, 0.5, 0.0]]), [0, 0.5, 1])
    array([0.5])
    """
    values = np.where(np.isfinite(curves).all(1, keepdims=True), curves, np.nan)
    return np.asarray(values.mean(1) if rule == "mean" else np.trapezoid(values, points, axis=1))
