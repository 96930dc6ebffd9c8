"""Softmax in float64, of which every stored probability is made: in float32 a confident network's 1 - p is lost."""

import torch


def probabilities(logits: torch.Tensor) -> torch.Tensor:
    """Softmax of logits (n, classes), float64, on their device, or on the CPU if that knows no float64."""
    return logits.to(home(logits.device)).double().softmax(1)


def probability_of(logits: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """Softmax probability of each row's class, float64 (n,); `logits` (n, classes), `classes` int64 (n,)."""
    found = probabilities(logits)
    return found.gather(1, classes.to(found.device)[:, None])[:, 0]


def home(device: torch.device) -> torch.device:
    """Where a device's float64 numbers live: there, or on the CPU for Apple's GPUs, which know no float64."""
    return torch.device("cpu") if device.type == "mps" else device
