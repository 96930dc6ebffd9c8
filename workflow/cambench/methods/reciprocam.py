"""Recipro-CAM: the class's probability when the head sees one position of A alone (Byun & Lee, CVPRW 2024).

`gaussian: true` spreads the vector of the position over its 3 x 3 neighbours, times [1 2 1; 2 4 2; 1 2 1] / 16, cut at
the borders and not scaled up there. The paper has it as an option; the authors' code has it, switched off. Where a
convolution and a ReLU follow, a quarter of a vector may not reach the threshold, and the map is constant.
"""

import torch
from torch import Tensor

from ._contract import Batch
from ._positions import one_each

RELU = False
HEADS = "positions"


def cam(batch: Batch, *, gaussian: bool = False) -> Tensor:
    """The class's probability at each position; only the head is run again."""
    A = batch.activations()
    n, _, h, w = A.shape
    places, kept = torch.arange(h * w, device=A.device), one_each(h, w, gaussian, A.device)
    owners, places = torch.arange(n, device=A.device).repeat_interleave(h * w), places.repeat(n)

    def alone(start: int, stop: int) -> Tensor:
        vectors = A.flatten(2)[owners[start:stop], :, places[start:stop]]
        return vectors[:, :, None, None] * kept[places[start:stop]]

    return batch.probability_in(batch.head(alone, owners), owners).view(n, h, w)
