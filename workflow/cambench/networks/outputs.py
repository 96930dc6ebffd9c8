"""What networks take and return: inputs of noise to try them on, and the logits in their output."""

from collections.abc import Mapping
from typing import Any

import torch

from ..errors import InputError


def logits_of(output: Any) -> torch.Tensor:
    """Logits (n, classes) in what a network returns: a tensor, or an attribute or key `logits`.

    **Raises:** `InputError` that says what it returns instead.
    """
    found = output.get("logits") if isinstance(output, Mapping) else getattr(output, "logits", output)
    if isinstance(found, torch.Tensor) and found.dim() == 2 and found.shape[1] > 1:
        return found
    what = f"a tensor {tuple(output.shape)}" if isinstance(output, torch.Tensor) else f"a {type(output).__name__}"
    raise InputError(f"it returns {what}, not logits (n, classes) of two or more classes")


def noise(shape: tuple[int, int], device: torch.device) -> torch.Tensor:
    """Two inputs of noise, float32 (2, 3, H, W), on which networks are tried; `shape` is (H, W)."""
    drawn = torch.randn((2, 3, *shape), generator=torch.Generator().manual_seed(0))
    return drawn.to(device, memory_format=torch.channels_last)
