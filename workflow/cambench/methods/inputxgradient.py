"""Input x Gradient: x dy/dx of the image's pixels, x as the network takes it (Shrikumar et al., 2016).

A pixel of the data set's mean colour is 0 in x, and so is its value. `reduce` makes one value of the three colours':
the sum of their magnitudes (`abs`), their sum (`signed`), or their largest magnitude (`max`).
"""

from typing import Literal

from torch import Tensor

from ._colours import reduced
from ._contract import Batch

RELU = False
RESOLUTION = "input"


def cam(batch: Batch, *, reduce: Literal["abs", "signed", "max"] = "abs") -> Tensor:
    """Each pixel's share in the logit, if the network were linear."""
    return reduced(batch.images * batch.input_gradients()[1], reduce)
