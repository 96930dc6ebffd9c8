"""Multigrid: corrections from coarser grids to sparse equations between neighbouring pixels, for many images together.

Interpolation is bilinear, P, and the equations of a coarser grid are P^T A P (Trottenberg, Oosterlee and Schüller,
Multigrid, 2001, appendix A), so that whatever the equations A of a grid see is seen on the next one, too. An equation
has nine coefficients, one for each point around it, on every grid; they make the nine of the next one linearly, so all
of P^T A P is one convolution.

Columns, one per image and channel, are channels of a tensor (1, columns, H, W): on a CPU they come last in memory,
where convolutions are fast.
"""

import functools
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch.nn.functional import conv2d, conv_transpose2d, pad

from ..networks.sending import sent

OFFSETS = tuple((y, x) for y in (-1, 0, 1) for x in (-1, 0, 1))
Weights = tuple[tuple[float, ...], ...]
_HALVED: Weights = ((0.25, 0.5, 0.25), (0.5, 1.0, 0.5), (0.25, 0.5, 0.25))  # P of one point of the coarser grid
_DAMPING = 0.9  # of Jacobi's method
_LEAST = 1e-5  # a diagonal smaller than this belongs to no equation
_LARGER = 1e-4


class Grid(NamedTuple):
    """Equations of a grid for some columns.

    - `coefficients`: for each of `OFFSETS`, (1, columns, h, w), what the point there counts in the equation of each.
    - `smoother`: (1, columns, h, w), what Jacobi's method multiplies residuals by; 0 at points without an equation.
    """

    coefficients: Sequence[torch.Tensor]
    smoother: torch.Tensor

    def residual(self, found: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        """`wanted` - A `found`, (1, columns, h, w)."""
        around, left = pad(found, (1, 1, 1, 1)), laid_out(wanted.clone())
        for offset, coefficients in zip(OFFSETS, self.coefficients, strict=True):
            left.addcmul_(moved(around, offset), coefficients, value=-1)
        return left

    def smoothed(self, found: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        """A step of Jacobi's method, in place."""
        return found.addcmul_(self.smoother, self.residual(found, wanted))


class Grids(NamedTuple):
    """All coarser grids but the coarsest, the finest first, and the inverse of the coarsest, (n, points, points)."""

    grids: Sequence[Grid]
    inverse: torch.Tensor

    def correction(self, wanted: torch.Tensor, depth: int = 0) -> torch.Tensor:
        """What solves the equations of a grid, roughly: one visit to the next grid from the first, two from others."""
        if depth == len(self.grids):
            return self._solved(wanted)
        grid = self.grids[depth]
        found = grid.smoothed(finer(self.correction(coarser(wanted), depth + 1)), wanted)
        if depth == 0:
            return grid.smoothed(found, wanted)
        if depth < len(self.grids) - 1:
            found += finer(self.correction(coarser(grid.residual(found, wanted)), depth + 1))
            found = grid.smoothed(found, wanted)
        return found

    def _solved(self, wanted: torch.Tensor) -> torch.Tensor:
        columns = wanted.reshape(-1, *self.inverse.shape[:2]).permute(1, 2, 0)
        return laid_out((self.inverse @ columns).permute(2, 0, 1).reshape(wanted.shape))


def grids_of(equations: torch.Tensor, halvings: int, channels: int) -> Grids:
    """Coarser grids of equations (n, 9, H, W), the finest with half as many points a side.

    **Arguments:** `halvings`, from 1; sides must be multiples of 2 to their power, plus 1; `channels` of each image:
    columns are all images of the first channel, then those of the next.
    """
    halving, found = sent(_halving(), equations.device), []
    for left in reversed(range(halvings)):
        equations = conv2d(laid_out(equations), halving, padding=1, stride=2)
        if left:
            found.append(_grid(equations, channels))
    return Grids(found, _inverse(equations))


def summed(columns: torch.Tensor, weights: Weights, stride: int = 1) -> torch.Tensor:
    """Weighted sums over the 3 x 3 points around each, or around every second one."""
    kernel = _kernel(weights, columns.shape[1], columns.device)
    return conv2d(columns, kernel, padding=1, stride=stride, groups=columns.shape[1])


def coarser(columns: torch.Tensor) -> torch.Tensor:
    """P^T of columns (1, columns, H, W), whose sides are odd."""
    return summed(columns, _HALVED, stride=2)


def finer(columns: torch.Tensor) -> torch.Tensor:
    """P of columns (1, columns, h, w): bilinear interpolation to sides of 2 h - 1 and 2 w - 1."""
    kernel = _kernel(_HALVED, columns.shape[1], columns.device)
    return conv_transpose2d(columns, kernel, padding=1, stride=2, groups=columns.shape[1])


def moved(around: torch.Tensor, offset: tuple[int, int]) -> torch.Tensor:
    """The point at an offset from each, of tensors (..., H + 2, W + 2) with a margin of 1."""
    (y, x), height, width = offset, around.shape[-2] - 2, around.shape[-1] - 2
    return around[..., 1 + y : 1 + y + height, 1 + x : 1 + x + width]


def laid_out(columns: torch.Tensor) -> torch.Tensor:
    """The same numbers, in memory as convolutions of their device take them."""
    last = columns.device.type == "cpu"
    return columns.contiguous(memory_format=torch.channels_last if last else torch.contiguous_format)


def greatest(columns: torch.Tensor) -> torch.Tensor:
    """The greatest number of each column, (1, columns, 1, 1): along one side after the other, as they lie in memory."""
    return columns.amax(2, keepdim=True).amax(3, keepdim=True)


@functools.lru_cache(maxsize=64)
def _kernel(weights: Weights, columns: int, device: torch.device) -> torch.Tensor:
    return sent(torch.tensor(weights, device="cpu").repeat(columns, 1, 1, 1), device)


@functools.cache
def _halving() -> torch.Tensor:
    """What makes P^T A P, (9, 9, 3, 3): how coefficient j at each point around counts in coefficient k of the result.

    That of points I and I + k is the sum over i and j of P[i, I] A[i, i + j] P[i + j, I + k].
    """

    def interpolated(y: int, x: int) -> float:
        return _HALVED[y + 1][x + 1] if max(abs(y), abs(x)) <= 1 else 0

    found = torch.zeros(9, 9, 9, device="cpu")
    for k, (far_y, far_x) in enumerate(OFFSETS):
        for j, (y, x) in enumerate(OFFSETS):
            for i, (own_y, own_x) in enumerate(OFFSETS):
                other = interpolated(own_y + y - 2 * far_y, own_x + x - 2 * far_x)
                found[k, j, i] = interpolated(own_y, own_x) * other
    return found.view(9, 9, 3, 3)


def _grid(equations: torch.Tensor, channels: int) -> Grid:
    columns = [laid_out(one.repeat(channels, 1, 1)[None]) for one in equations.unbind(1)]
    diagonal = columns[len(OFFSETS) // 2]
    return Grid(columns, torch.where(diagonal > _LEAST, _DAMPING / diagonal.clamp(min=_LEAST), 0))


def _inverse(equations: torch.Tensor) -> torch.Tensor:
    """Inverse of equations (n, 9, h, w), (n, h w, h w); the identity for points without an equation.

    Equations of points that share all of their pixels depend on each other, so diagonals are made a little larger.
    """
    count, _, height, width = equations.shape
    place = torch.arange(height * width, device="cpu").view(height, width)
    matrix = equations.new_zeros(count, height * width, height * width)
    for offset, coefficients in zip(OFFSETS, equations.unbind(1), strict=True):
        there = moved(pad(place, (1, 1, 1, 1), value=-1), offset).flatten()
        at = sent(torch.stack([place.flatten(), there])[:, there >= 0], equations.device)
        matrix[:, at[0], at[1]] = coefficients.flatten(1)[:, at[0]]
    diagonal = matrix.diagonal(dim1=1, dim2=2)
    diagonal += torch.where(diagonal < _LEAST, 1, _LARGER * diagonal)
    return torch.linalg.inv(matrix)
