"""Noisy linear imputation, but for its noise: removed pixels as means of their neighbours (Rong et al., ICML 2022).

Every removed pixel equals the mean of its neighbours, removed ones included: those at its sides count 1/6 each, those
at its corners 1/12. At the border of the image the weights of those that are there are divided by their sum. These are
sparse equations for each image, which its channels share. The authors solve them directly, one image after the other;
here multigrid solves those of a batch together, on the batch's device.

Weights are multiplied by 12. So they are whole numbers, and no constant is rounded away from the equations' own.
"""

import math

import torch
from torch.nn.functional import pad

from ._multigrid import OFFSETS, Grids, coarser, finer, greatest, grids_of, laid_out, moved, summed

TOLERANCE = 1e-5  # of a channel's range: how far a pixel may be from the solution
_NEIGHBOURS = ((1.0, 2.0, 1.0), (2.0, 0.0, 2.0), (1.0, 2.0, 1.0))
_MOST = 50  # cycles; six to eight are usual
# An image that needs more cycles keeps nearly no pixel, or is half black and half white: float32 rounds it by as much
# as the tolerance.
_USUAL = 12
_STALLED = 6  # further cycles after which a change that is twice as large is taken for rounding
_AT_ONCE = 8  # images on a CPU, whose grids then stay in its cache
_COARSEST = 8  # points along the longer side of the coarsest grid, or nearly


def impute(images: torch.Tensor, removed: torch.Tensor) -> torch.Tensor:
    """Images whose removed pixels are means of their neighbours, float32 (n, channels, H, W), to `TOLERANCE`.

    Where nearly all of an image goes, or large areas between black and white, float32 comes less near: to some 4e-4 of
    the range. What an image becomes does not depend on the others.

    **Arguments:** `images` float32 (n, channels, H, W); `removed` bool (n, H, W), not every pixel of an image.
    **Raises:** `ArithmeticError` if the pixels of one still change after many cycles.
    """
    size = _AT_ONCE if images.device.type == "cpu" else len(images)
    blocks = zip(images.split(size), removed.split(size), strict=True)
    return torch.cat([_imputed(*block) for block in blocks])


def _imputed(images: torch.Tensor, removed: torch.Tensor) -> torch.Tensor:
    """The same for images whose grids fit into memory."""
    count, channels, height, width = images.shape
    halvings = max(1, math.ceil(math.log2(max(height, width) / _COARSEST)))
    margins = (0, _margin(width, halvings), 0, _margin(height, halvings))
    inside = pad(torch.ones_like(images[:1, :1]), margins)
    weight = summed(inside, _NEIGHBOURS) + (1 - inside)  # 12 but at the border; not 0 outside
    mask = pad(removed[:, None].to(images.dtype), margins)
    grids = grids_of(_equations(mask, weight), halvings, channels)
    mask = laid_out(mask.transpose(0, 1).repeat(1, channels, 1, 1))
    # Float32 rounds values near 0 least, and pixels of a plain image are near their median, of which a sample tells.
    middle = images[:, :, ::8, ::8].flatten(2).median(2).values[..., None, None]
    pixels = laid_out(pad((images - middle).transpose(0, 1).reshape(1, -1, height, width), margins))
    found = _solved(pixels, mask, laid_out(weight.expand_as(mask)), grids)
    found = found[:, :, :height, :width].reshape(channels, count, height, width).transpose(0, 1)
    return torch.where(removed[:, None], found + middle, images)


def _margin(side: int, halvings: int) -> int:
    """What a side lacks to a multiple of 2 to the power of `halvings`, plus 1."""
    return (1 - side) % 2**halvings


def _equations(mask: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Coefficients (n, 9, H, W) of the equations of masked pixels (n, 1, H, W); 0 of and for those that are kept."""
    around, found = pad(mask[:, 0], (1, 1, 1, 1)), mask.new_empty(len(mask), len(OFFSETS), *mask.shape[2:])
    for place, (y, x) in enumerate(OFFSETS):
        counts = weight[:, 0] if y == x == 0 else -_NEIGHBOURS[y + 1][x + 1] * moved(around, (y, x))
        torch.mul(mask[:, 0], counts, out=found[:, place])
    return found


def _solved(pixels: torch.Tensor, mask: torch.Tensor, weight: torch.Tensor, grids: Grids) -> torch.Tensor:
    """Columns (1, columns, H, W) with their masked pixels solved for; one that changes no more is left as it is."""
    kept, share, diagonal = pixels * (1 - mask), mask / weight, mask * weight
    allowed = TOLERANCE * (greatest(pixels) + greatest(-pixels))
    done, found = torch.zeros_like(allowed, dtype=torch.bool), kept
    for cycle in range(_MOST):
        better = _mean(kept, found, share)
        residual = summed(better, _NEIGHBOURS).mul_(mask).addcmul_(better, diagonal, value=-1)
        better.addcmul_(finer(grids.correction(coarser(residual))), mask)
        better = _mean(kept, _mean(kept, better, share), share)
        change = greatest((better - found).abs_())
        found = torch.where(done, found, better) if done.any() else better
        done = done | ~(change > allowed * _slack(cycle))  # what is not finite stays so
        if done.all():
            return found
    raise ArithmeticError(f"removed pixels still change after {_MOST} cycles")


def _slack(cycle: int) -> int:
    """How many times the tolerance a pixel may still change: the later, the more, for then rounding moves it."""
    return 1 if cycle < _USUAL else 2 ** (1 + (cycle - _USUAL) // _STALLED)


def _mean(kept: torch.Tensor, found: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
    """A step of Jacobi's method: each masked pixel becomes the mean of its neighbours."""
    around = summed(found, _NEIGHBOURS)
    return torch.addcmul(kept, around, share, out=around)
