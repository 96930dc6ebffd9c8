"""FEM: sum_k mean(A_k) [A_k > mean(A_k) + k std(A_k)] (Fuad et al., IPTA 2020); it does not depend on the class.

The standard deviation is that of all positions of a channel, divided by their number. A constant channel has no
position above the others and counts for nothing.

`variant: gradcam` is what pytorch-grad-cam computes: it exchanges the two, sum_k mean([A_k > ...]) A_k.
"""

from typing import Annotated, Literal

from torch import Tensor

from ._contract import Batch
from ._settings import Range


def cam(
    batch: Batch,
    *,
    k: Annotated[float, Range(0)] = 2,
    variant: Literal["fuad2020", "gradcam"] = "fuad2020",
) -> Tensor:
    """Positions that stand out of their channel by `k` standard deviations, weighted by the channel's mean."""
    A = batch.activations()  # (n, K, h, w)
    mean, spread = A.mean((2, 3), keepdim=True), A.std((2, 3), correction=0, keepdim=True)
    alive = A.amax((2, 3), keepdim=True) > A.amin((2, 3), keepdim=True)
    strong = ((A - mean > k * spread) & alive).to(A.dtype)
    if variant == "gradcam":
        return (strong.mean((2, 3), keepdim=True) * A).sum(1)
    return (mean * strong).sum(1)
