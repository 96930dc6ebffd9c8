"""Give a network random weights: every parameter is drawn anew, and batch norms get statistics of their own."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

from ..errors import InputError
from .build import reason
from .outputs import logits_of, noise

_APART = 0x4EDA  # from the seed that a network of random weights may be built with, which draws the same
_INPUTS = 8  # of noise, from which batch norms take their statistics
_RESETS = ("reset_parameters", "_reset_parameters")


def redraw(network: nn.Module, shape: tuple[int, int], seed: int) -> nn.Module:
    """The network with random weights, in place, on the CPU.

    Modules that say how they are initialised (`reset_parameters`) do so. A parameter that none of them draws, such as a
    class token, positions or the scale of a layer, gets normal numbers of the mean and the deviation that its values
    had; where all are equal, it stays. Then each batch norm takes its statistics from noise, one after the other as
    they are passed: those of the trained network are none of this one, and without any its activations would vanish or
    grow from layer to layer.

    **Arguments:** `network` in evaluation mode, frozen, not folded; `shape` (H, W) of its inputs; `seed` of all
    numbers. **Raises:** `InputError` if a module's own initialisation fails, or logits are not finite.
    """
    where = next(network.parameters()).device
    assert where.type == "cpu", where
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(int(np.random.SeedSequence([_APART, seed]).generate_state(1)[0]))
        for path, module in network.named_modules():
            _draw(path, module)
        if not _settled(network, noise(shape, where, (1,) * _INPUTS)).isfinite().all():
            raise InputError("with random weights its logits of an image of noise are not finite")
    return network.requires_grad_(False)


def _draw(path: str, module: nn.Module) -> None:
    """Draw a module's own parameters: as it does itself, and those that it does not write to."""
    before = {name: values.clone() for name, values in module.named_parameters(recurse=False)}
    for _, values in module.named_parameters(recurse=False):
        values.fill_(torch.nan)
    if (reset := _reset(module)) is not None:
        try:
            reset()
        except Exception as error:  # it may be the user's code, and may raise anything
            raise InputError(f"layer {path!r} cannot be given random weights: {reason(error)}") from error
    for name, values in module.named_parameters(recurse=False):
        if values.isnan().any():
            values.normal_().mul_(before[name].std(correction=0)).add_(before[name].mean())


def _reset(module: nn.Module) -> Callable[[], Any] | None:
    """What draws a module's parameters anew, if it has that and needs nothing for it."""
    found = (getattr(module, name, None) for name in _RESETS)
    return next((reset for reset in found if callable(reset) and not _asks(reset)), None)


def _asks(function: Callable[..., Any]) -> bool:
    """Whether a function has arguments that must be given."""
    return any(
        argument.default is argument.empty and argument.kind not in (argument.VAR_POSITIONAL, argument.VAR_KEYWORD)
        for argument in inspect.signature(function).parameters.values()
    )


def _settled(network: nn.Module, inputs: torch.Tensor) -> torch.Tensor:
    """Logits of a pass in which batch norms take their statistics from their own input."""
    norms = list(_norms(network))
    before = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0  # nothing is left of what was there
        norm.train()
    try:
        return logits_of(network(inputs))
    finally:
        for norm, momentum in zip(norms, before, strict=True):
            norm.momentum = momentum
            norm.eval()


def _norms(network: nn.Module) -> Iterator[nn.modules.batchnorm._BatchNorm]:
    for module in network.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm) and module.running_mean is not None:
            yield module
