"""The weights of a head that is one linear layer on the global average of the target layer's map."""

import torch
from torch import nn

from .hooks import removed_after
from .layout import Layout
from .outputs import logits_of


def linear_head(network: nn.Module, target: nn.Module, layout: Layout, sample: torch.Tensor) -> torch.Tensor | None:
    """Weight (classes, K) of such a head, else None.

    A network's precision does not count: what the head is made of shows in float32.

    **Arguments:** `target` is the layer, `layout` how its output lies, `sample` inputs (n, 3, H, W) to see it on.
    """
    calls, logits, A = _seen(network, target, layout, sample)
    if not calls:
        return None
    layer, pooled, output = calls[-1]
    same = _equal(pooled, A.mean((2, 3)), rtol=1e-3, atol=1e-5) and _equal(output, logits)
    return layer.weight if same else None


def _seen(
    network: nn.Module, target: nn.Module, layout: Layout, sample: torch.Tensor
) -> tuple[list[tuple[nn.Linear, torch.Tensor, torch.Tensor]], torch.Tensor, torch.Tensor]:
    """Linear layers with their input and output in a pass in float32, its logits, and A."""
    calls: list[tuple[nn.Linear, torch.Tensor, torch.Tensor]] = []
    seen: list[torch.Tensor] = []

    def note(module: nn.Linear, args: tuple, kwargs: dict, output: torch.Tensor) -> None:
        calls.append((module, [*args, *kwargs.values()][0], output.clone()))

    linear = [module for module in network.modules() if isinstance(module, nn.Linear)]
    handles = [module.register_forward_hook(note, with_kwargs=True) for module in linear]
    # Copies, because many networks go on in place.
    handles.append(target.register_forward_hook(lambda _, __, output: seen.append(output.clone())))
    with removed_after(handles), torch.no_grad():
        return calls, logits_of(network(sample)), layout.split(seen[-1])[0]


def _equal(one: torch.Tensor, other: torch.Tensor, rtol: float = 1e-5, atol: float = 1e-8) -> bool:
    return one.shape == other.shape and torch.allclose(one, other, rtol=rtol, atol=atol)
