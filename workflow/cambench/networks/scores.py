"""Probabilities in logits: softmax, or sigmoid where classes do not exclude each other.

Every stored probability is made in float64: in float32 a confident network's 1 - p is lost.
"""

from typing import Literal

import torch
from torch import nn

Score = Literal["softmax", "sigmoid"]


def probabilities(logits: torch.Tensor, score: Score) -> torch.Tensor:
    """Probabilities of logits (n, classes), float64, on their device, or on the CPU if that knows no float64."""
    return as_they_are(logits.to(home(logits.device)).double(), score)


def probability_of(logits: torch.Tensor, classes: torch.Tensor, score: Score) -> torch.Tensor:
    """Probability of each row's class, float64 (n,); `logits` (n, classes), `classes` int64 (n,)."""
    found = probabilities(logits, score)
    return found.gather(1, classes.to(found.device)[:, None])[:, 0]


def as_they_are(logits: torch.Tensor, score: Score) -> torch.Tensor:
    """Probabilities of logits (n, classes), in their own dtype and on their own device.

    A logit of infinity has no probability: softmax makes NaN of its row, and sigmoid must not make 1 of it.
    """
    if score == "softmax":
        return logits.softmax(1)
    return logits.masked_fill(logits.isposinf(), torch.nan).sigmoid()


def log_probabilities(logits: torch.Tensor, score: Score) -> torch.Tensor:
    """Logarithms of the probabilities of logits (n, classes), in their own dtype and on their own device."""
    return logits.log_softmax(1) if score == "softmax" else nn.functional.logsigmoid(logits)


def home(device: torch.device) -> torch.device:
    """Where a device's float64 numbers live: there, or on the CPU for Apple's GPUs, which know no float64."""
    return torch.device("cpu") if device.type == "mps" else device
