"""RISE: sum_i p(x * M_i) M_i / (N p_1), M_i random masks (Petsiuk et al., BMVC 2018, eq. 6).

A mask is a grid of `cells` x `cells` that are 1 with probability `p1`, else 0; it is enlarged bilinearly to one cell
more than the image on each side, and cropped at a random offset of up to one cell. 4,000 masks of 7 x 7 cells with
p_1 = 0.5 are the paper's for VGG-16; for ResNet-50 it takes 8,000. The notebook of the authors has 6,000 of 8 x 8 cells
with p_1 = 0.1. Masks enlarged by scikit-image, as there, differ from these at the borders.

Each image has masks of its own, where the authors' images share one set; and p is the network's probability, softmax
or sigmoid.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from ._contract import Batch
from ._settings import Range

RELU = False
RESOLUTION = "input"
PASSES = "samples"


def cam(
    batch: Batch,
    *,
    samples: Annotated[int, Range(1)] = 4000,
    cells: Annotated[int, Range(1)] = 7,
    p1: Annotated[float, Range(above=0, most=1)] = 0.5,
    seed: Annotated[int, Range(0)] = 0,
) -> Tensor:
    """Mean of `samples` random masks, each weighted by the probability of the class on what it shows."""
    drawn = batch.random(seed).uniform((samples, cells**2 + 2))
    grids = (drawn[:, :, 2:] < p1).float().view(len(batch), samples, cells, cells)
    sums = [_weighted(batch, one, grids[one], drawn[one, :, :2]) for one in range(len(batch))]
    return torch.stack(sums) / (samples * p1)


def check(network: Mapping[str, Any], *, cells: int = 7) -> str | None:
    """Why a network cannot be explained."""
    shorter = min(network["input"])
    return None if cells <= shorter else f"needs images of {cells} pixels a side for as many cells, not {shorter}"


def _weighted(batch: Batch, one: int, grids: Tensor, offsets: Tensor) -> Tensor:
    """Sum over masks of p M, (H, W), of one image of the batch; its masks fill batches of their own."""
    rows, columns = (_enlarging(batch.input_shape[axis], grids.shape[1], offsets[:, axis]) for axis in (0, 1))
    owners = torch.full((len(grids),), one, device=batch.device)

    def masked(start: int, stop: int) -> Tensor:
        masks = rows[start:stop] @ grids[start:stop] @ columns[start:stop].mT
        return batch.images[one] * masks[:, None]

    p = batch.probability_in(batch.scores(masked, owners), owners)
    # The weighted sum of R G C^T over masks, in one product: columns and masks together are one dimension.
    weighted = (rows * p[:, None, None]) @ grids
    return torch.einsum("mhc,mwc->hw", weighted, columns)


def _enlarging(side: int, cells: int, offsets: Tensor) -> Tensor:
    """Matrices (m, side, cells) that enlarge a line of cells by one cell more than `side`, and crop it at offsets.

    **Arguments:** `offsets` (m,) in [0, 1), of a cell.
    """
    cell = -(-side // cells)
    line = interpolate(torch.eye(cells, device=offsets.device)[None], (cells + 1) * cell, mode="linear")[0].T
    return line[(offsets[:, None] * cell).long() + torch.arange(side, device=offsets.device)]
