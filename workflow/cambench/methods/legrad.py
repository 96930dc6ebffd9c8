"""LeGrad: mean over blocks, heads and queries of ReLU(ds_l/dA_l) (Bousselham et al., ICCV 2025).

A_l is the attention of block l, and s_l the class's logit if the head of the network were given the mean of all tokens
of the block's output. Attention itself is not multiplied. The last `layers` blocks count: 2 in the authors' package, 4
in an example of torch-cam, all in the paper.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import torch
from torch import Tensor

from ._attention import needs_blocks
from ._contract import Batch
from ._settings import Range

RELU = False


def cam(batch: Batch, *, layers: Annotated[int, Range(1)] = 2) -> Tensor:
    """How much the logit of each block grows with attention to each patch; it has no negative values."""
    gradients = batch.read_out_gradients(-layers)  # (n, heads, T, T) of each block
    return batch.places(torch.stack([g.relu().mean((1, 2)) for g in gradients]).mean(0))


def check(network: Mapping[str, Any], *, layers: int = 2) -> str | None:
    """Why a network cannot be explained."""
    return needs_blocks(network, layers, "layers")
