"""Correlation of a curve's steps with the saliency of their pixels, which two metrics take."""

import numpy as np

from ._contract import Explained

_FLAT = 1e-24  # a variance smaller than this is rounding


def correlation(seen: Explained, name: str, sign: int) -> np.ndarray | None:
    """Pearson's correlation over steps, float64 (n,) in [-1, 1]; None unless the curve has all of its steps.

    The first of each pair is `sign` times the rise of the probability at a step, the other the mean of U(S) over the
    pixels that it changes. 0 where one of them is the same at all steps; -1 where the curve is not finite.
    """
    curve = seen.curves.get(name)
    if curve is None or seen.points.drawn is not None:
        return None
    broken = ~np.isfinite(curve).all(1)
    rises = sign * np.diff(np.where(broken[:, None], 0, curve), axis=1)
    return np.where(broken, -1, _pearson(rises, _saliency(seen)))


def _saliency(seen: Explained) -> np.ndarray:
    """Mean of U(S) over the pixels that each step changes, the most salient first, float64 (n, steps)."""
    ordered = seen.ordered[:, ::-1]
    edges = np.rint(np.array(seen.points.shares) * ordered.shape[1]).astype(int)
    return np.asarray(np.add.reduceat(ordered, edges[:-1], axis=1) / np.diff(edges))


def _pearson(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Correlation of each row of a with that of b, 0 where one of them is flat."""
    a, b = a - a.mean(1, keepdims=True), b - b.mean(1, keepdims=True)
    squares = [(values**2).mean(1) for values in (a, b)]
    flat = (squares[0] < _FLAT) | (squares[1] < _FLAT)
    rho = (a * b).mean(1) / np.where(flat, 1, np.sqrt(squares[0] * squares[1]))
    return np.where(flat, 0, np.clip(rho, -1, 1))
