"""ViT-Recipro-CAM: the class's probability when the layer keeps the class token and the tokens around one position.

Each position's 3 x 3 neighbours keep their own vectors, times [1 2 1; 2 4 2; 1 2 1] / 16, cut at the borders (Byun &
Lee, 2023, arXiv:2310.02588); without `gaussian` the position alone keeps its own. `cls: zero` takes the prefix tokens
away, too. The authors change the output of `norm1` of the last block but one and leave the skip connection as it is.
That layer must be named, such as `layer: blocks.10.norm1` of timm's networks of twelve blocks: the default is another.
"""

from collections.abc import Mapping
from typing import Any, Literal

import torch
from torch import Tensor

from ._contract import Batch
from ._positions import one_each

RELU = False
HEADS = "positions"


def cam(batch: Batch, *, gaussian: bool = True, cls: Literal["keep", "zero"] = "keep") -> Tensor:
    """The class's probability at each position."""
    A = batch.activations()  # (n, K, h, w)
    n, _, h, w = A.shape
    owners = torch.arange(n, device=A.device).repeat_interleave(h * w)
    kept = one_each(h, w, gaussian, A.device).repeat(n, 1, 1, 1)
    logits = batch.head(lambda start, stop: A[owners[start:stop]] * kept[start:stop], owners, prefix=cls)
    return batch.probability_in(logits, owners).view(n, h, w)


def check(network: Mapping[str, Any]) -> str | None:
    """Why a network cannot be explained."""
    return None if network["layout"] == "tokens" else "needs a target layer that gives tokens; for maps see reciprocam"
