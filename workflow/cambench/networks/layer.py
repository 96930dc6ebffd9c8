"""Find the target layer of a network: one whose output is a map of the image."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from ..errors import InputError
from .build import reason
from .outputs import noise

_MAP, _CHANNELS_LAST, _TOKENS = "map", "channels last", "tokens"
# These work along the last dimension, so their outputs (n, h, w, K) have the channels last, whatever the sides.
_ALONG_LAST = (nn.Linear, nn.LayerNorm, nn.RMSNorm)


class _Seen:
    """What a forward pass shows of the modules that ran, in the order in which they finished."""

    def __init__(self) -> None:
        self.kinds: dict[str, str] = {}  # by path, of modules whose output has positions
        self.calls: dict[str, int] = {}
        self.cubes: set[str] = set()  # maps as many as their sides, which may have the channels first or last
        self.first: set[nn.Parameter] = set()  # of the first module that has parameters

    def note(self, path: str, module: nn.Module, output: Any) -> None:
        self.calls[path] = self.calls.get(path, 0) + 1
        if not self.first and not any(True for _ in module.children()):
            self.first = set(module.parameters())
        self.kinds.pop(path, None)
        if kind := _kind(module, output):
            self.kinds[path] = kind
            if kind == _MAP and output.shape[1] == output.shape[2]:
                self.cubes.add(path)

    def settle(self) -> None:
        """In a network that elsewhere has the channels last, take cubes for that."""
        if _CHANNELS_LAST in self.kinds.values():
            self.kinds |= {path: _CHANNELS_LAST for path in self.cubes if path in self.kinds}


def find_layer(name: str, network: nn.Module, wanted: str | None, shape: tuple[int, int]) -> str:
    """Path of the target layer: the one named, or the last to finish whose output is a map larger than 1 x 1.

    A map is (n, K, h, w) and as square as the input. Neither the first layer nor one that runs twice will do.
    **Raises:** `InputError` if it is not there or has no such output; also, where none is named, if the network goes on
    after its last map with tokens (n, N, K) or the channels last (n, h, w, K), as transformers do.
    """
    seen = _watched(name, network, shape)
    modules = dict(network.named_modules())
    first = {path for path in seen.kinds if _is_first(modules[path], seen.first)}
    maps = [path for path, kind in seen.kinds.items() if kind == _MAP]
    fitting = [path for path in maps if path not in first and seen.calls[path] == 1]
    if wanted is None:
        return _default(name, seen, fitting)
    if wanted in fitting:
        return wanted
    near = f"; the last that fit are {', '.join(fitting[-5:])}" if fitting else "; no other layer fits"
    if wanted not in modules or not wanted:
        raise InputError(f"networks.{name}: no layer {wanted!r}{near}")
    raise InputError(f"networks.{name}: layer {wanted!r} {_objection(wanted, seen, first)}{near}")


def _default(name: str, seen: _Seen, fitting: list[str]) -> str:
    order = list(seen.kinds)
    last = max((order.index(path) for path, kind in seen.kinds.items() if kind != _MAP), default=-1)
    if fitting and order.index(fitting[-1]) > last:
        return fitting[-1]
    if last >= 0:
        shape = "the channels last (n, h, w, K)" if seen.kinds[order[last]] == _CHANNELS_LAST else "tokens (n, N, K)"
        advice = f"; name an earlier map, such as layer: {fitting[-1]}" if fitting else ", and has no other layer"
        raise InputError(
            f"networks.{name}: layer {order[last]!r} gives {shape}, but CAMs need maps (n, K, h, w){advice}"
        )
    raise InputError(f"networks.{name}: no layer but the first has a spatial output larger than 1 x 1")


def _objection(path: str, seen: _Seen, first: set[str]) -> str:
    if seen.calls.get(path, 0) == 0:
        return "does not run"
    if path not in seen.kinds:
        return "has no spatial output (n, K, h, w) larger than 1 x 1"
    if seen.kinds[path] == _TOKENS:
        return "gives tokens (n, N, K), not maps (n, K, h, w)"
    if seen.kinds[path] == _CHANNELS_LAST:
        return "gives an output (n, h, w, K) or one that is not as square as the input, not maps (n, K, h, w)"
    if seen.calls[path] > 1:
        return f"runs {seen.calls[path]} times in one pass, so it is not clear which output is meant"
    return "is the first one, which has seen nothing but small patches" if path in first else "does not fit"


def _is_first(module: nn.Module, parameters: set[nn.Parameter]) -> bool:
    own = set(module.parameters())
    return bool(own) and own <= parameters


def _kind(module: nn.Module, output: Any) -> str | None:
    """What an output of two images is: a map, another output with positions, or None."""
    if not isinstance(output, torch.Tensor) or output.dim() not in (3, 4) or len(output) != 2:
        return None
    if output.dim() == 3:
        return _TOKENS if min(output.shape[1:]) > 1 else None
    if output[0, 0].numel() == 1 or output[0].numel() == max(output.shape[1:]):
        return None
    if output.shape[2] != output.shape[3] or type(module) in _ALONG_LAST:
        return _CHANNELS_LAST
    return None if _is_attention(output) else _MAP


def _is_attention(output: torch.Tensor) -> bool:
    """Whether every row sums to 1, as those of an attention (n, heads, N, N) do."""
    if output.is_meta or not output.is_floating_point():
        return False
    return bool((output >= 0).all() and torch.allclose(output.sum(-1), torch.ones((), dtype=output.dtype), atol=1e-4))


def _watched(name: str, network: nn.Module, shape: tuple[int, int]) -> _Seen:
    """What a pass of two inputs of noise shows."""
    seen = _Seen()
    sample = noise(shape, next(network.parameters()).device)
    try:
        with _hooked(network, seen), torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            network(sample)
    except (Exception, SystemExit) as error:  # the network is the user's code, and may raise anything
        raise InputError(
            f"networks.{name}: does not run on a {shape[0]} x {shape[1]} image: {reason(error)}"
        ) from error
    seen.settle()
    return seen


@contextmanager
def _hooked(network: nn.Module, seen: _Seen) -> Iterator[None]:
    def hook(path: str) -> Any:
        return lambda module, _, output: seen.note(path, module, output)

    handles = [module.register_forward_hook(hook(path)) for path, module in network.named_modules() if path]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
