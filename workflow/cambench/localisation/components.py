"""Connected sets of pixels above every threshold at once, without labelling the image again for each.

Sets above falling thresholds are nested: a component grows by pixels, begins at a peak, or is two that have met. So
each pixel is led to the peak that it climbs to, the slopes of peaks are joined at their passes, the highest first
(Kruskal's algorithm), and what a component has gained at each level is added up along the tree of joins.
"""

from dataclasses import dataclass

import numpy as np

_NEAR = tuple((y, x) for y in (0, 1, 2) for x in (0, 1, 2))  # a pixel and its eight neighbours, in a padded image
_AHEAD = ((0, 1), (1, -1), (1, 0), (1, 1))  # each pair of neighbours once


@dataclass(frozen=True)
class Components:
    """Connected sets of pixels (eight neighbours), each as long as it is the same set.

    - `start`, `stop`: int64 (m,); it is a component of {level > k} for start <= k < stop.
    - `area`: int64 (m,), number of pixels; `first`: the first of them in the order of reading.
    - `boxes`: int64 (m, 4), left, top, right and bottom edge of the box round it, in pixels: one pixel is 1 wide.
    """

    start: np.ndarray
    stop: np.ndarray
    area: np.ndarray
    first: np.ndarray
    boxes: np.ndarray

    def __len__(self) -> int:
        return len(self.start)


@dataclass(frozen=True)
class _Tree:
    """Peaks, then joins: `parent` int64 (n + 1,), the level `born` at which each begins; the last node is below all.

    `children` holds the two nodes of each join.
    """

    parent: np.ndarray
    born: np.ndarray
    children: list[tuple[int, int]]


def components(level: np.ndarray) -> Components:
    """All components of {level > k} for k = 0, 1, ...; levels are integers from 0, (H, W).

    >>> found = components(np.array([[2, 1, 3]]))
    >>> found.start.tolist(), found.stop.tolist()
    ([1, 1, 0], [2, 3, 1])
    >>> found.boxes.tolist()
    [[0, 0, 1, 1], [2, 0, 3, 1], [0, 0, 3, 1]]
    """
    level = level.astype(np.int64)
    pixels = np.flatnonzero(level)
    if not len(pixels):
        nothing = np.zeros(0, np.int64)
        return Components(nothing, nothing, nothing, nothing, np.zeros((0, 4), np.int64))
    peaks, slope = np.unique(_peaks(level)[pixels], return_inverse=True)
    slopes = np.full(level.size, -1)
    slopes[pixels] = slope
    flat = level.ravel()
    tree = _tree(flat[peaks], *_passes(level, slopes.reshape(level.shape), len(peaks)))
    return _grown(tree, _climbed(tree, slope, flat[pixels]), flat[pixels], pixels, level.shape[1])


def _peaks(level: np.ndarray) -> np.ndarray:
    """Where each pixel gets to, int64 (H * W,), if it goes to the highest neighbour until none is higher.

    Of equal ones the first in the order of reading counts as the highest.
    """
    (high, wide), count = level.shape, level.size
    order = np.full((high + 2, wide + 2), -1)
    order[1:-1, 1:-1] = level * count + np.arange(count)[::-1].reshape(level.shape)
    best = np.max([order[y : y + high, x : x + wide] for y, x in _NEAR], axis=0)
    goal = count - 1 - best.ravel() % count
    while (further := goal[goal]).tobytes() != goal.tobytes():
        goal = further
    return goal


def _passes(level: np.ndarray, slopes: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The highest pass between each two slopes that touch, the highest first: int64 (n, 2) slopes, (n,) levels."""
    found = []
    high, wide = level.shape
    for down, right in _AHEAD:
        here = slice(0, high - down), slice(max(0, -right), wide - max(0, right))
        there = slice(down, high), slice(max(0, right), wide - max(0, -right))
        a, b = slopes[here], slopes[there]
        met = (a != b) & (a >= 0) & (b >= 0)
        a, b, height = a[met], b[met], np.minimum(level[here], level[there])[met]
        found.append(((np.minimum(a, b) * count + np.maximum(a, b)), height))
    pairs, heights = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = _by(pairs, heights)
    pairs, heights = pairs[order], heights[order]
    highest = np.diff(pairs, prepend=-1) != 0
    pairs, heights = pairs[highest], heights[highest]
    order = np.argsort(-heights, kind="stable")
    return np.stack(np.divmod(pairs[order], max(1, count)), axis=1), heights[order]


def _by(groups: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Order by group, and in each the highest level first; one number per row is sorted faster than two."""
    most = int(level.max(initial=0))
    return np.argsort(groups * (most + 1) + (most - level))


def _tree(peaks: np.ndarray, pairs: np.ndarray, heights: np.ndarray) -> _Tree:
    """Join slopes at their passes; `peaks` are the levels of the peaks."""
    born, children = peaks.tolist(), list[tuple[int, int]]()
    top, parent = list(range(len(born))), [-1] * len(born)

    def root(node: int) -> int:
        while top[node] != node:
            top[node] = top[top[node]]
            node = top[node]
        return node

    for (a, b), height in zip(pairs.tolist(), heights.tolist(), strict=True):
        one, other = root(a), root(b)
        if one != other:
            new = len(born)
            top[one] = top[other] = parent[one] = parent[other] = new
            born.append(height)
            children.append((one, other))
            top.append(new)
            parent.append(-1)
    last = len(born)
    return _Tree(np.array([last if node < 0 else node for node in parent] + [last]), np.array([*born, 0]), children)


def _climbed(tree: _Tree, slope: np.ndarray, level: np.ndarray) -> np.ndarray:
    """The node in which each pixel comes to its component: the first join below it is lower than the pixel."""
    jumps = [tree.parent]
    while (jumps[-1] != len(tree.parent) - 1).any():
        jumps.append(jumps[-1][jumps[-1]])
    node = slope
    for jump in reversed(jumps):
        further = jump[node]
        node = np.where(level <= tree.born[further], further, node)
    return node


def _grown(tree: _Tree, node: np.ndarray, level: np.ndarray, pixels: np.ndarray, wide: int) -> Components:
    """What each node is after each level at which it gained pixels."""
    order = _by(node, level)
    node, level, pixels = node[order], level[order], pixels[order]
    begins = np.flatnonzero((np.diff(node, prepend=-1) != 0) | (np.diff(level, prepend=-1) != 0))
    y, x = np.divmod(pixels, wide)
    # Left, top and first are minima; so are right and bottom, counted backwards.
    least = np.stack([np.minimum.reduceat(side, begins) for side in (x, y, -x - 1, -y - 1, pixels)])
    node, level, area = node[begins], level[begins], np.diff(begins, append=len(pixels))
    begins = np.flatnonzero(np.diff(node, prepend=-1))  # of nodes
    area, least = _so_far(area, least, begins)
    area_below, least_below = _below(tree, node, area, least, begins)
    area, least = area + area_below[node], np.minimum(least, least_below[:, node])
    start = np.append(level[1:], 0)
    start[np.append(begins[1:], len(node)) - 1] = tree.born[tree.parent[node[begins]]]
    left, top, right, bottom, first = least
    return Components(start, level, area, first, np.stack([left, top, -right, -bottom], axis=1))


def _so_far(area: np.ndarray, least: np.ndarray, begins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sums of areas (n,) and minima of (5, n), along each part of the rows that begins somewhere."""
    sizes = np.diff(begins, append=len(area))
    area = np.cumsum(area)
    before = np.repeat(np.append(0, area)[begins], sizes)
    # Each part lies below the one before it, whose minima it does not see therefore.
    shift = np.repeat(np.arange(len(begins)), sizes) * (2 * int(np.abs(least).max()) + 1)
    return area - before, np.minimum.accumulate(least - shift, axis=1) + shift


def _below(
    tree: _Tree, node: np.ndarray, area: np.ndarray, least: np.ndarray, begins: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What each node begins with, of the two that it joins: area (nodes,), minima (5, nodes)."""
    ends, peaks = np.append(begins[1:], len(node)) - 1, len(tree.parent) - 1 - len(tree.children)
    areas, lows = np.zeros(len(tree.parent), np.int64), np.full((5, len(tree.parent)), np.iinfo(np.int64).max)
    own_area, own_least = areas.copy(), lows.copy()
    own_area[node[ends]], own_least[:, node[ends]] = area[ends], least[:, ends]
    whole, parts = own_area.tolist(), own_least.T.tolist()
    for number, (one, other) in enumerate(tree.children, peaks):
        areas[number] = whole[one] + whole[other]
        joined = list(map(min, parts[one], parts[other]))
        lows[:, number] = joined
        whole[number] += int(areas[number])
        parts[number] = list(map(min, parts[number], joined))
    return areas, lows
