"""Masks that show one position of a map, sharp or spread over its neighbours."""

import torch
from torch import Tensor
from torch.nn.functional import conv2d


def one_each(h: int, w: int, gaussian: bool, device: torch.device) -> Tensor:
    """A mask for each position in turn, (h w, 1, h, w): 1 there and 0 elsewhere.

    `gaussian`: the position and its 3 x 3 neighbours have [1 2 1; 2 4 2; 1 2 1] / 16, cut at the borders.
    """
    masks = torch.eye(h * w, device=device).view(h * w, 1, h, w)
    if not gaussian:
        return masks
    side = torch.tensor([1.0, 2.0, 1.0], device=device) / 4
    return conv2d(masks, torch.outer(side, side)[None, None], padding=1)
