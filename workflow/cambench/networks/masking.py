"""Images with a mask: what stages forward of them."""

import numpy as np
import torch

from .probe import Probe


def mask_images(probe: Probe, pixels: np.ndarray, mask: torch.Tensor, space: str) -> torch.Tensor:
    """Masked network inputs, float32 (n, 3, H, W).

    In normalised space a mask of 0 gives 0, the data set's mean colour; in pixel space it gives true black.
    """
    images = probe.prepare(pixels)
    weights = mask[:, None]
    if space == "normalised":
        return images * weights
    black = probe.prepare(np.zeros((1, *probe.input_shape, 3), np.uint8))
    return black + (images - black) * weights
