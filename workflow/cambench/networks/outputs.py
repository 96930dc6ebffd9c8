"""What networks take and return: inputs of noise to try them on, and the logits in their output."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from ..errors import InputError
from .scores import Score

_SHOWN = 4
_ENDS = ("SigmoidBackward", "SoftmaxBackward")
_ALONG = ("ToCopyBackward", "ViewBackward", "CloneBackward", "SliceBackward")  # which change no value
_MANY = 10  # so many logits do not lie within 0 and 1 by chance


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


def are_probabilities(logits: torch.Tensor, score: Score) -> bool:
    """Whether outputs (n, classes), with the graph that they come from, are probabilities already.

    They are if none is below 0 or above 1 and each row sums to 1, or they are what a sigmoid or softmax gives. For the
    `score` sigmoid, it is enough if ten or more of each row lie so and rows differ; a new head gives the same for all.
    """
    if logits.is_meta or not ((logits >= 0) & (logits <= 1)).all():
        return False
    sums = bool(((logits.sum(1) - 1).abs() < 1e-4).all())
    many = score == "sigmoid" and logits.shape[1] >= _MANY and not torch.equal(logits[0], logits[1])
    return sums or many or _ends_in_probabilities(logits.grad_fn)


def noise(shape: tuple[int, int], device: torch.device, contrasts: Sequence[float] = (1, 1)) -> torch.Tensor:
    """Inputs of noise, float32 (2, 3, H, W), on which networks are tried; `shape` is (H, W).

    There is one for each of `contrasts`, two by default, whose standard deviations these are.
    """
    drawn = torch.randn((len(contrasts), 3, *shape), generator=torch.Generator().manual_seed(0))
    drawn *= torch.tensor(contrasts, dtype=drawn.dtype).view(-1, 1, 1, 1)
    return drawn.to(device, memory_format=torch.channels_last)


def _ends_in_probabilities(node: Any) -> bool:
    """Whether the last operation of a graph that changes values is a sigmoid or a softmax."""
    while node is not None and type(node).__name__.startswith(_ALONG):
        node = node.next_functions[0][0]
    return type(node).__name__.startswith(_ENDS)


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
