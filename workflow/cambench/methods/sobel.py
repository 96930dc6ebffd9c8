"""Control: edges of the image, which ask nothing of the network (as in Adebayo et al., NeurIPS 2018).

sqrt(d_x^2 + d_y^2) of its brightness, 0.299 R + 0.587 G + 0.114 B in [0, 1], by Sobel's filters of 3 x 3 pixels. Pixels
at the border are repeated.
"""

import torch
from torch import Tensor
from torch.nn.functional import conv2d, pad

from ._contract import Batch

RELU = False
RESOLUTION = "input"
CONTROL = True
_BRIGHTNESS = (0.299, 0.587, 0.114)


def cam(batch: Batch) -> Tensor:
    """How steep the brightness is at each pixel; no pass is made."""
    deviation = batch.images.new_tensor(batch.probe.preprocessing["std"])  # the mean has no edges
    weights = deviation * batch.images.new_tensor(_BRIGHTNESS)
    grey = (batch.images * weights[:, None, None]).sum(1, keepdim=True)
    across = grey.new_tensor([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    found = conv2d(pad(grey, [1] * 4, mode="replicate"), torch.stack([across, across.T])[:, None])
    return found.square().sum(1).sqrt()
