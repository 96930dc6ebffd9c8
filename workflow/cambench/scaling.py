"""From raw maps to masks: ReLU, min-max scaling, bilinear upsampling (numpy; the one place where it is done)."""

import functools

import numpy as np


def scaled(raw: np.ndarray, relu: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """S, and which maps have none.

    **Arguments:** `raw` float (n, h, w). **Returns:** S float32 (n, h, w) in [0, 1], all zeros where a map is
    degenerate (constant after the ReLU) or not finite; `degenerate` and `nonfinite`, bool (n,).
    """
    nonfinite = ~np.isfinite(raw).all((1, 2))
    maps = np.where(nonfinite[:, None, None], 0, raw).astype(np.float32)
    maps = np.maximum(maps, 0) if relu else maps
    low, high = maps.min((1, 2), keepdims=True), maps.max((1, 2), keepdims=True)
    flat = high <= low
    scaled = np.where(flat, 0, (maps - low) / np.where(flat, 1, high - low))
    return scaled.astype(np.float32), flat[:, 0, 0] & ~nonfinite, nonfinite


def masks(raw: np.ndarray, size: tuple[int, int], relu: bool, order: str) -> np.ndarray:
    """U(S), float32 (n, H, W) in [0, 1], of raw maps (n, h, w).

    **Arguments:** `order` scale_then_upsample (as the authors of ADCC), or upsample_then_scale: ReLU, upsampling,
    then min-max scaling.
    """
    if order == "scale_then_upsample":
        return upsampled(scaled(raw, relu)[0], size)
    large = upsampled(np.maximum(raw, 0) if relu else raw, size)
    return scaled(large, relu=False)[0]


def upsampled(maps: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Bilinear upsampling with `align_corners=False`, float32 (n, H, W)."""
    n, h, w = maps.shape
    rows, columns = (upsampling(*sides).astype(np.float32) for sides in ((h, size[0]), (w, size[1])))
    # One product for the columns of all maps, which is four times as fast as one a map.
    wide = maps.astype(np.float32).reshape(n * h, w) @ columns.T
    return np.asarray(rows @ wide.reshape(n, h, size[1]))


@functools.cache
def upsampling(small: int, large: int) -> np.ndarray:
    """The matrix (large, small), float64, that upsamples a line: U(S) = R S C^T."""
    centre = np.clip((np.arange(large) + 0.5) * small / large - 0.5, 0, small - 1)
    below = np.minimum(centre.astype(int), small - 1)
    above = np.minimum(below + 1, small - 1)
    matrix = np.zeros((large, small))
    np.add.at(matrix, (np.arange(large), below), 1 - (centre - below))
    np.add.at(matrix, (np.arange(large), above), centre - below)
    return matrix
