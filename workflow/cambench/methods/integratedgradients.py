"""Integrated Gradients: (x - x0) times the mean of dy/dx between x0 and x (Sundararajan et al., ICML 2017, eq. 1).

The integral is a Gauss-Legendre sum of `steps` terms, as captum's; the paper takes a Riemann sum, for which more steps
are needed. `baseline` is x0: `mean`, the data set's mean colour, which is 0 to the network, or `black`.

`reduce` makes one value of the three colours': the sum of their magnitudes (`abs`); their sum (`signed`), of which the
total is y(x) - y(x0); or their largest magnitude (`max`).
"""

from typing import Annotated, Literal

import numpy as np
import torch
from torch import Tensor

from ._colours import reduced
from ._contract import Batch
from ._settings import Range

RELU = False
RESOLUTION = "input"
PASSES = "steps"


def cam(
    batch: Batch,
    *,
    steps: Annotated[int, Range(1)] = 50,
    baseline: Literal["mean", "black"] = "mean",
    reduce: Literal["abs", "signed", "max"] = "abs",
) -> Tensor:
    """Each pixel's share in the difference of the logit from that of the baseline."""
    x = batch.images
    start = batch.black() if baseline == "black" else torch.zeros_like(x[:1])
    total = torch.zeros_like(x)
    for node, weight in zip(*np.polynomial.legendre.leggauss(steps), strict=True):
        at = (1 + float(node)) / 2
        total += float(weight) / 2 * batch.input_gradients(start + at * (x - start))[1]
    return reduced((x - start) * total, reduce)
