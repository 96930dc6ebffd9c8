"""Gradient, or saliency map: |dy/dx| of the image's pixels (Simonyan et al., ICLR workshop 2014).

`reduce` makes one value of the three colours': the sum of their magnitudes (`abs`), which pictures of PAIR's library
show; their sum (`signed`); or their largest magnitude (`max`), which is the paper's.
"""

from typing import Literal

from torch import Tensor

from ._colours import reduced
from ._contract import Batch

RELU = False
RESOLUTION = "input"


def cam(batch: Batch, *, reduce: Literal["abs", "signed", "max"] = "abs") -> Tensor:
    """How much the logit changes with each pixel."""
    return reduced(batch.input_gradients()[1], reduce)
