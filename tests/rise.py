"""RISE's evaluation, written out as its authors publish it (Petsiuk et al., BMVC 2018)."""

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from torch import nn
from torch.nn.functional import conv2d


def rise(network: nn.Module, image: torch.Tensor, salience: np.ndarray, c: int, mode: str, step: int) -> np.ndarray:
    """One image's curve, one pass per step, as RISE's evaluation goes about it; ties in reading order."""
    start, finish = (image.clone(), torch.zeros_like(image)) if mode == "deletion" else (blurred(image), image.clone())
    order = np.argsort(-salience.reshape(-1), kind="stable")
    scores = []
    for i in range(-(-len(order) // step) + 1):
        with torch.no_grad():
            scores.append(float(network(start).softmax(1)[0, c]))
        chosen = order[step * i : step * (i + 1)]
        start.reshape(3, -1)[:, chosen] = finish.reshape(3, -1)[:, chosen]
    return np.array(scores)


def blurred(image: torch.Tensor) -> torch.Tensor:
    """The image under an 11 x 11 Gaussian of sigma 5, zero-padded, each channel by itself."""
    delta = np.zeros((11, 11))
    delta[5, 5] = 1
    kernel = torch.zeros((3, 3, 11, 11))
    for channel in range(3):
        kernel[channel, channel] = torch.from_numpy(gaussian_filter(delta, 5))
    return conv2d(image, kernel, padding=5)
