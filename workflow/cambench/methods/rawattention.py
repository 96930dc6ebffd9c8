"""Raw attention: mean over heads of the last block's attention from the class token to the patches.

The baseline of Chefer et al. (ICCV 2021). It does not depend on the class. Where no class token counts, as in networks
that average all tokens, here and in the other methods on attention the rows of all tokens are averaged in its place.
"""

from torch import Tensor

from ._attention import needs_attention
from ._contract import Batch

RELU = False
check = needs_attention


def cam(batch: Batch) -> Tensor:
    """Attention of the last block; it has no negative values."""
    (A,) = batch.attention(start=-1)  # (n, heads, T, T)
    return batch.places(batch.queried(A.mean(1)))
