"""Run a network's head alone: everything that comes after the target layer, on activations that we choose.

The network's own `forward` is run, so any network will do. What runs before the target layer is run on torch's `meta`
device, where tensors have shapes but no numbers and cost nothing; the target layer returns the chosen activations.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.utils._pytree import tree_leaves


class Head:
    """The part of a network after its target layer, as a function of the layer's output."""

    def __init__(self, network: nn.Module, layer: nn.Module, sample: torch.Tensor) -> None:
        self._network, self._layer = network, layer
        self._input = tuple(sample.shape[1:])
        self._detours = [(module, _detour(module)) for module in _trunk(network, layer, sample)]

    def __call__(self, activations: torch.Tensor) -> torch.Tensor:
        """Logits (n, classes) of the layer's output (n, K, h, w). **Raises:** `RuntimeError` if the head needs more."""
        ghost = torch.empty((len(activations), *self._input), device="meta")
        with self._detoured(activations):
            return self._network(ghost)

    @contextmanager
    def _detoured(self, activations: torch.Tensor) -> Iterator[None]:
        try:
            for module, detour in self._detours:
                module.forward = detour
            self._layer.forward = lambda *args, **kwargs: activations
            yield
        finally:
            for module in (self._layer, *(module for module, _ in self._detours)):
                module.__dict__.pop("forward", None)


def _detour(module: nn.Module) -> Callable[..., Any]:
    """A forward that sends `meta` tensors to a `meta` twin of the module, and real ones (it may be used again) on."""
    twin, real = copy.deepcopy(module).to("meta"), module.forward

    def forward(*args: Any, **kwargs: Any) -> Any:
        tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
        return (twin if any(tensor.is_meta for tensor in tensors) else real)(*args, **kwargs)

    return forward


def _trunk(network: nn.Module, layer: nn.Module, sample: torch.Tensor) -> list[nn.Module]:
    """The outermost modules that finish before the target layer starts."""
    active: list[nn.Module] = []
    finished: list[tuple[nn.Module, nn.Module]] = []
    ancestors: list[nn.Module] = []

    def enter(module: nn.Module, _: Any) -> None:
        active.append(module)
        if module is layer and not ancestors:
            ancestors.extend(active)

    def leave(module: nn.Module, _: Any, __: Any) -> None:
        active.pop()
        if active and not ancestors:
            finished.append((module, active[-1]))

    handles = [module.register_forward_pre_hook(enter) for module in network.modules()]
    handles += [module.register_forward_hook(leave) for module in network.modules()]
    try:
        network(sample)
    finally:
        for handle in handles:
            handle.remove()
    # A dictionary keeps the order and drops modules that are called twice.
    return list({module: None for module, caller in finished if caller in ancestors})
