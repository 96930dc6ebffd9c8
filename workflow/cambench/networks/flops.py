"""Count the operations of a forward pass, and measure how many this machine does per second."""

import time
from collections.abc import Callable

import torch
from torch import nn
from torch.nn.functional import conv2d
from torch.utils.flop_counter import FlopCounterMode

from .device import synchronise

# Channels in and out, kernel, side: convolutions of residual networks, which most time is spent in.
_CONVOLUTIONS = ((64, 64, 3, 56), (256, 256, 3, 14), (256, 1024, 1, 14), (512, 512, 3, 7))
_SQUARE = 1024
_SECONDS = 0.15  # spent on each
_IMAGES = {"cuda": 256}  # more than a CPU's 16, for a GPU to be filled


def operations(network: nn.Module, sample: torch.Tensor) -> int:
    """Operations of one image's forward pass: two per multiplication and addition."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network(sample)
    return counter.get_total_flops() // len(sample)


def peak(device: torch.device, precision: str = "float32") -> float:
    """Operations per second: those of the fastest of some convolutions and a matrix product, in a job's precision."""
    dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
    images = _IMAGES.get(device.type, 16)

    def random(*shape: int) -> torch.Tensor:
        return torch.randn(shape, device=device, dtype=dtype)

    def product(x: torch.Tensor, w: torch.Tensor, kernel: int) -> Callable[[], torch.Tensor]:
        return lambda: conv2d(x, w, padding=kernel // 2)

    found = []
    for taken, given, kernel, side in _CONVOLUTIONS:
        x = random(images, taken, side, side).to(memory_format=torch.channels_last)
        w = random(given, taken, kernel, kernel).to(memory_format=torch.channels_last)
        count = 2 * images * side * side * taken * given * kernel * kernel
        found.append(count / _fastest(product(x, w, kernel), device))
    a, b = random(_SQUARE, _SQUARE), random(_SQUARE, _SQUARE)
    found.append(2 * _SQUARE**3 / _fastest(lambda: a @ b, device))
    return max(found)


@torch.no_grad()
def _fastest(function: Callable[[], torch.Tensor], device: torch.device) -> float:
    """Seconds of the fastest of many calls, after a first one that warms up."""
    function()
    synchronise(device)
    taken, end = list[float](), time.perf_counter() + _SECONDS
    while not taken or time.perf_counter() < end:
        start = time.perf_counter()
        function()
        synchronise(device)
        taken.append(time.perf_counter() - start)
    return min(taken)
