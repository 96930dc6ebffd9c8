"""An input cut into a grid of places, alike for who removes them and for who adds up saliency in them. Pure numpy."""

import numpy as np

_UNITS = 1e6  # of the mean of U in a place: smaller differences are rounding of float32


def place_of(size: tuple[int, int], grid: int) -> np.ndarray:
    """Which place each pixel belongs to, int64 (H, W), numbered in reading order.

    The pixel in row y and column x lies in row floor(y grid / H) and column floor(x grid / W) of the grid. So where
    `grid` does not divide a side, some places have a row or a column of pixels more than others.

    **Arguments:** `size` (H, W), neither of them smaller than `grid`, the places along a side.

    >>> place_of((3, 5), 2).tolist()
    [[0, 0, 0, 1, 1], [0, 0, 0, 1, 1], [2, 2, 2, 3, 3]]
    """
    rows, columns = (np.arange(side) * grid // side for side in size)
    return rows[:, None] * grid + columns


def sums(mask: np.ndarray, grid: int) -> np.ndarray:
    """Sum of U over the pixels of each place, float64 (n, grid * grid), in reading order.

    Means over a place are rounded to a millionth, and sums are whole numbers of millionths. So places that show as much
    as each other are equal, in whatever order their pixels are added, and so are sums over places.

    **Arguments:** `mask` U, float (n, H, W) in [0, 1]; `grid` as in `place_of`.

    >>> sums(np.arange(8.0).reshape(1, 2, 4) / 8, 2).tolist()
    [[125000.0, 625000.0, 1125000.0, 1625000.0]]
    """
    edges = [-(-np.arange(grid) * side // grid) for side in mask.shape[1:]]
    counts = np.outer(*(np.diff(each, append=side) for each, side in zip(edges, mask.shape[1:], strict=True)))
    rows = np.add.reduceat(mask.astype(np.float64), edges[0], axis=1)
    found = np.add.reduceat(rows, edges[1], axis=2)
    return np.asarray((np.rint(_UNITS * found / counts) * counts).reshape(len(mask), -1))
