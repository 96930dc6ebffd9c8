"""Attention Grad-CAM: ReLU(mean over heads of mean(g_h) A_h), A the last block's attention from the class token.

It is what Chefer et al. (ICCV 2021) and tables after them call Grad-CAM of a transformer: heads stand for channels, and
the class token's attention to the patches for activations. `gradcam` on the layer's tokens is another method.
"""

from torch import Tensor

from ._attention import needs_attention
from ._contract import Batch

check = needs_attention


def cam(batch: Batch) -> Tensor:
    """Heads weighted by their mean gradient over patches."""
    (A,), (g,) = batch.attention_gradients(start=-1)  # (n, heads, T, T) of the last block
    A, g = batch.queried(A), batch.queried(g)  # (n, heads, T)
    weight = batch.places(g.flatten(0, 1)).mean((1, 2)).view(g.shape[:2])
    return batch.places((weight[:, :, None] * A).mean(1))
