"""Run a network's head alone: everything that comes after the target layer, on activations that we choose.

The network's own `forward` is run, so any network will do. What runs before the target layer is skipped: its modules
return tensors on torch's `meta` device, which have shapes but no numbers and cost nothing. What they are mixed with,
such as a class token or positions, is put on that device, too. The target layer returns the chosen activations.
Afterwards every module has the `forward` that it had.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import cycle
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves, tree_map

from .hooks import removed_after


class Head:
    """The part of a network after its target layer, as a function of the layer's output."""

    def __init__(self, network: nn.Module, layer: nn.Module, sample: torch.Tensor) -> None:
        """`sample` is a network input (n, 3, H, W), on which the trunk is found."""
        self._network, self._layer = network, layer
        self._input = tuple(sample.shape[1:])
        self._trunk = _trunk(network, layer, sample)

    def __call__(self, activations: torch.Tensor) -> torch.Tensor:
        """Logits (n, classes) of the layer's output (n, K, h, w). **Raises:** `RuntimeError` if the head needs more."""
        ghost = torch.empty((len(activations), *self._input), device="meta")
        detours: dict[nn.Module, Callable[..., Any]] = {
            module: _detour(module.forward, outputs) for module, outputs in self._trunk.items()
        }
        detours[self._layer] = lambda *args, **kwargs: activations
        with forwarding(detours), _Ghosts():
            output = self._network(ghost)
        if any(isinstance(leaf, torch.Tensor) and leaf.is_meta for leaf in tree_leaves(output)):
            raise RuntimeError("the head needs more than the target layer's output")
        return output


class _Ghosts(TorchFunctionMode):
    """Within this context, a function of a `meta` tensor and others has them all on that device.

    **Raises:** `RuntimeError` for one that would change a tensor with numbers by one that has none.
    """

    def __torch_function__(self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        """Call a function of torch."""
        given = (args, kwargs or {})
        tensors = [leaf for leaf in tree_leaves(given) if isinstance(leaf, torch.Tensor)]
        ghosts = sum(tensor.is_meta for tensor in tensors)
        if 0 < ghosts < len(tensors):
            if _changes(func) and not tensors[0].is_meta:
                raise RuntimeError("the head needs more than the target layer's output")
            given = tree_map(lambda leaf: leaf.to("meta") if isinstance(leaf, torch.Tensor) else leaf, given)
        return func(*given[0], **given[1])


def _changes(func: Any) -> bool:
    """Whether a function of torch changes its first argument and is called for that."""
    name = getattr(func, "__name__", "")
    return name == "__setitem__" or (name.endswith("_") and not name.endswith("__"))


@contextmanager
def forwarding(forwards: Mapping[nn.Module, Callable[..., Any]]) -> Iterator[None]:
    """Give modules another `forward`, and afterwards the one that they had, their class's or their own."""
    before = {module: module.__dict__.get("forward") for module in forwards}
    try:
        for module, forward in forwards.items():
            module.forward = forward
        yield
    finally:
        for module, own in before.items():
            module.__dict__.pop("forward", None)
            if own is not None:
                module.forward = own


def _detour(forward: Callable[..., Any], outputs: list[Any]) -> Callable[..., Any]:
    """A forward that answers `meta` tensors with recorded ones; with real tensors, from the head, it does as before."""
    recorded = cycle(outputs)

    def answer(*args: Any, **kwargs: Any) -> Any:
        ghosts = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor) and leaf.is_meta]
        if not ghosts:
            return forward(*args, **kwargs)
        return tree_map(lambda leaf: _ghost(leaf, len(ghosts[0])), next(recorded))

    return answer


def _ghost(leaf: Any, rows: int | None = None) -> Any:
    """A `meta` tensor of the same kind, perhaps with another number of rows; anything else as it is."""
    if not isinstance(leaf, torch.Tensor):
        return leaf
    return torch.empty((len(leaf) if rows is None else rows, *leaf.shape[1:]), device="meta", dtype=leaf.dtype)


def _trunk(network: nn.Module, layer: nn.Module, sample: torch.Tensor) -> dict[nn.Module, list[Any]]:
    """The outermost modules that finish before the target layer starts, with what they return at each call."""
    active: list[nn.Module] = []
    finished: list[tuple[nn.Module, nn.Module, Any]] = []
    ancestors: list[nn.Module] = []

    def enter(module: nn.Module, _: Any) -> None:
        active.append(module)
        if module is layer and not ancestors:
            ancestors.extend(active)

    def leave(module: nn.Module, _: Any, output: Any) -> None:
        active.pop()
        if active and not ancestors:
            finished.append((module, active[-1], tree_map(_ghost, output)))

    handles = [module.register_forward_pre_hook(enter) for module in network.modules()]
    handles += [module.register_forward_hook(leave) for module in network.modules()]
    with removed_after(handles):
        network(sample)
    trunk: dict[nn.Module, list[Any]] = {}
    for module, caller, output in finished:
        if caller in ancestors:
            trunk.setdefault(module, []).append(output)
    return trunk
