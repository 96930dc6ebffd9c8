"""What networks take and return: inputs of noise to try them on, and the logits in their output."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from ..errors import InputError

_SHOWN = 4


def logits_of(output: Any) -> torch.Tensor:
    """Logits (n, classes) in what a network returns.

    They are a tensor, or an attribute or key `logits`; else a mapping's only tensor, or the first item of a tuple or
    list if no other one has two dimensions. Nothing is guessed between two.

    **Raises:** `InputError` that says what it returns instead.
    """
    found = _candidate(output)
    if isinstance(found, torch.Tensor) and found.dim() == 2 and found.shape[1] > 1:
        return found
    raise InputError(f"it returns {_said(output)}, not logits (n, classes) of two or more classes")


def noise(shape: tuple[int, int], device: torch.device) -> torch.Tensor:
    """Two inputs of noise, float32 (2, 3, H, W), on which networks are tried; `shape` is (H, W)."""
    drawn = torch.randn((2, 3, *shape), generator=torch.Generator().manual_seed(0))
    return drawn.to(device, memory_format=torch.channels_last)


def _candidate(output: Any) -> Any:
    if isinstance(output, Mapping):
        tensors = [value for value in output.values() if isinstance(value, torch.Tensor)]
        return output["logits"] if "logits" in output else tensors[0] if len(tensors) == 1 else None
    if isinstance(output, torch.Tensor) or hasattr(output, "logits"):
        return getattr(output, "logits", output)
    if isinstance(output, tuple | list) and output:
        flat = [item for item in output if isinstance(item, torch.Tensor) and item.dim() == 2]
        return output[0] if len(flat) == 1 else None
    return None


def _said(output: Any) -> str:
    """What an output is: of a tensor its shape, of a collection its kind and what it holds."""
    if isinstance(output, torch.Tensor):
        return f"a tensor {tuple(output.shape)}"
    if isinstance(output, Mapping):
        return f"a {type(output).__name__} of {_listed([f'{key!r}: {_said(item)}' for key, item in output.items()])}"
    if hasattr(output, "logits"):
        return f"a {type(output).__name__} whose logits are {_said(output.logits)}"
    if isinstance(output, Sequence) and not isinstance(output, str | bytes):
        return f"a {type(output).__name__} of {_listed([_said(item) for item in output])}"
    return f"a {type(output).__name__}"


def _listed(items: list[str]) -> str:
    more = f" and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
    return (", ".join(items[:_SHOWN]) + more) or "nothing"
