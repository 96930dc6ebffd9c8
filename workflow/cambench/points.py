"""The points of a curve: every step, or the two ends and one step drawn from each of some strata.

A curve of S steps changes `pixels_per_step` pixels at each, fewer at the last one if they do not divide the image. Step
0 is the curve's start, and step S its end. Where points are drawn, the inner steps 1 ... S - 1 are cut into strata,
contiguous and as equal as possible. Each image has one step of each, drawn uniformly from its own seed alone: the same
for every method, for both curves, and for all networks whose curves have as many steps. A drawn step stands for its
whole stratum, so its area is unbiased for that under the whole curve (Cochran, Sampling Techniques, 1977, chapter 5).

Pure numpy, because planning and jobs without a network import it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

_DRAWN = 0x57E9  # seeds the steps of an image, and no other numbers of it


@dataclass(frozen=True)
class Points:
    """Which steps of a curve have a point; the same for all images of a network, but for what is drawn.

    - `shares`: share of the pixels that is changed at each of the steps 0 ... S; empty if there are no curves.
    - `drawn`: number of strata; None if every step is a point.
    """

    shares: tuple[float, ...] = ()
    drawn: int | None = None

    @classmethod
    def of(cls, pixels: int, curves: Mapping[str, Any] | None) -> "Points":
        """Of an input of so many pixels.

        **Arguments:** `curves` has `pixels_per_step`, and `points`: `all`, or how many inner steps are drawn. It is
        None if there are no curves.

        >>> Points.of(10, {"pixels_per_step": 4, "points": "all"}).shares
        (0.0, 0.4, 0.8, 1.0)
        """
        if curves is None:
            return cls()
        changed = [*range(0, pixels, curves["pixels_per_step"]), pixels]
        drawn = None if curves["points"] == "all" else int(curves["points"])
        return cls(tuple(number / pixels for number in changed), drawn)

    @property
    def inner(self) -> int:
        """Number of steps between the ends, S - 1."""
        return max(0, len(self.shares) - 2)

    @property
    def count(self) -> int:
        """Number of points, both ends included."""
        return len(self.shares) if self.drawn is None else self.drawn + 2

    @property
    def places(self) -> list[float]:
        """Share of the pixels at each point; of drawn ones the mean over their stratum.

        >>> Points((0, 0.25, 0.5, 0.75, 1), drawn=1).places
        [0.0, 0.5, 1.0]
        """
        if self.drawn is None:
            return list(self.shares)
        return [
            float(np.mean(self.shares[first:last])) for first, last in zip(self._edges, self._edges[1:], strict=False)
        ]

    def steps(self, seeds: np.ndarray) -> np.ndarray:
        """The step of each point, int32 (n, count), of images with these seeds, int64 (n,)."""
        if self.drawn is None:
            return np.tile(np.arange(self.count, dtype=np.int32), (len(seeds), 1))
        uniform = np.stack([_uniform(int(seed), self.drawn) for seed in seeds])
        found = np.zeros((len(seeds), self.count), np.int32)
        found[:, 1:-1] = self._edges[1:-2] + np.floor(uniform * self._sizes[1:-1])
        found[:, -1] = len(self.shares) - 1
        return found

    def weights(self, steps: np.ndarray, rule: str = "trapezoid") -> np.ndarray:
        """What each point counts in an area, float64 (n, count).

        It is the size of the point's stratum times what its step counts among all of them. The mean over all draws is
        1; without a shorter last step each is.

        **Arguments:** `steps` int (n, count), as `steps` gives them; `rule` is `trapezoid`, or `mean`, in which all
        steps count alike.

        >>> Points((0, 0.25, 0.5, 0.75, 1), drawn=1).weights(np.array([[0, 3, 4]]))
        array([[0.125, 0.75 , 0.125]])
        """
        return np.asarray(self._whole(rule)[steps] * self._sizes)

    @cached_property
    def _edges(self) -> np.ndarray:
        """First step of each point's stratum, int64 (count + 1,); an end is one by itself."""
        if self.drawn is None:
            return np.arange(self.count + 1)
        inner = 1 + np.arange(self.drawn + 1) * self.inner // self.drawn
        return np.concatenate([[0], inner, [len(self.shares)]])

    @cached_property
    def _sizes(self) -> np.ndarray:
        return np.diff(self._edges)

    def _whole(self, rule: str) -> np.ndarray:
        """What each step counts in the area under a whole curve, float64 (S + 1,)."""
        if rule == "mean":
            return np.full(len(self.shares), 1 / len(self.shares))
        wide = np.diff(self.shares)
        return (np.append(wide, 0) + np.append(0, wide)) / 2


def inner_steps(pixels: int, pixels_per_step: int) -> int:
    """Number of steps between the ends of an input's curves.

    >>> inner_steps(224 * 224, pixels_per_step=224)
    223
    """
    return -(-pixels // pixels_per_step) - 1


def _uniform(seed: int, count: int) -> np.ndarray:
    """Numbers in [0, 1), float64 (count,), that belong to an image: the same in every version of numpy.

    A number of 53 bits times a stratum's size, which is small beside it, stays below that size.
    """
    state = np.random.SeedSequence([seed, _DRAWN]).generate_state(count, np.uint64)
    return (state >> np.uint64(11)) * 2.0**-53
