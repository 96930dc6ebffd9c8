"""What a forward pass shows of the layers whose output has positions: maps and tokens."""

import warnings
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

import torch
from torch import nn
from torch.utils._pytree import tree_leaves

from ..errors import InputError
from .build import reason
from .families import family
from .hooks import removed_after
from .layout import Layout, alike
from .outputs import logits_of, noise

# These work along the last dimension, so their outputs (n, h, w, K) have the channels last, whatever the sides.
_NORMS, _ALONG_LAST = (nn.LayerNorm, nn.RMSNorm), (nn.Linear, nn.LayerNorm, nn.RMSNorm)
_Shape = tuple[int, int]


@dataclass(frozen=True)
class Output:
    """A layer's output, seen in a pass: its `shape`, and its `layout`, None where nothing says how it lies."""

    shape: tuple[int, ...]
    layout: Layout | None
    channels_last: bool = False  # for sure; with no layout, where that alone is no proof that it is a map
    known: Layout | None = None  # the layout, if more than the shape says it: it is so, whatever is declared
    ambiguous: bool = False  # whether it may have the channels first or last, by its shape


class Seen:
    """What a forward pass shows of the modules that ran, in the order in which they finished."""

    def __init__(self, network: nn.Module, shape: _Shape) -> None:
        self.modules = dict(network.named_modules())
        self.network, self.shape, self.family = network, shape, family(network, shape)
        self.outputs: dict[str, Output] = {}  # by path, of modules whose output has positions
        self.calls: dict[str, int] = {}
        self.wrapped: set[str] = set()  # modules that return a tuple or the like, first a new map or tokens
        self._order: list[str] = []
        self._tensors = WeakValueDictionary[int, torch.Tensor]()  # outputs so far, by identity
        self._first: set[nn.Parameter] = set()  # of the first module that has parameters

    def note(self, path: str, module: nn.Module, output: Any) -> None:
        self.calls[path] = self.calls.get(path, 0) + 1
        if not self._first and not any(True for _ in module.children()):
            self._first = set(module.parameters())
        self.outputs.pop(path, None)
        tensor = next((leaf for leaf in tree_leaves(output) if isinstance(leaf, torch.Tensor)), None)
        if tensor is None or tensor.dim() not in (3, 4) or len(tensor) != 2 or not _has_places(tensor):
            return
        if tensor is output:
            self.outputs[path] = self._output(path, module, tensor)
        elif id(tensor) not in self._tensors and not _is_attention(path, module):
            self.wrapped.add(path)
        self._order.append(path)
        self._tensors[id(tensor)] = tensor

    def settle(self) -> None:
        """In a network that elsewhere has the channels last, outputs that may have them so are of no known layout."""
        if any(seen.channels_last for seen in self.outputs.values()):
            for path, seen in self.outputs.items():
                if seen.ambiguous and seen.known is None and seen.layout == Layout():
                    self.outputs[path] = Output(seen.shape, None)

    def wrapped_after(self, path: str) -> str | None:
        """The last module to finish after a layer that hides its output in a tuple or the like."""
        later = self._order[self._order.index(path) + 1 :]
        return next((other for other in reversed(later) if other in self.wrapped), None)

    def is_first(self, path: str) -> bool:
        """Whether a layer has no parameters but those of the first."""
        own = set(self.modules[path].parameters())
        return bool(own) and own <= self._first

    def attention_around(self, path: str) -> str | None:
        """The attention that a layer is a part of, where it's one of the queries, keys and values; else None."""
        parts = path.split(".")
        around = (".".join(parts[:depth]) for depth in range(1, len(parts)))
        return next((outer for outer in around if _is_attention(outer, self.modules[outer])), None)

    def _output(self, path: str, module: nn.Module, output: torch.Tensor) -> Output:
        shape = tuple(output.shape)
        known = self.family.layout(self.network, path, shape, self.shape) if self.family else None
        if known or output.dim() == 3:
            return Output(shape, known, known is not None and known.kind == "nhwc", known)
        first, last = alike(shape[2:], self.shape), alike(shape[1:3], self.shape)
        if last and _is_norm_of_last(module, shape) and (type(module) in _NORMS or not first):
            return Output(shape, Layout("nhwc"), True, Layout("nhwc") if type(module) in _NORMS else None)
        known = Layout() if _puts_channels_first(module) else None
        if not first or type(module) in _ALONG_LAST:
            return Output(shape, None, True, known)
        layout = None if _is_attention_matrix(output) else Layout()
        return Output(shape, layout, known=known, ambiguous=last)


def watched(name: str, network: nn.Module, shape: _Shape) -> Seen:
    """What a pass of two inputs of noise (H, W) shows. **Raises:** `InputError` if the network does not run on them."""
    seen = Seen(network, shape)
    hooks = {module: _noting(seen, path) for path, module in network.named_modules() if path}
    try:
        with _hooked(hooks), torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            network(noise(shape, next(network.parameters()).device))
    except (Exception, SystemExit) as error:  # the network is the user's code, and may raise anything
        raise InputError(
            f"networks.{name}: does not run on a {shape[0]} x {shape[1]} image: {reason(error)}"
        ) from error
    seen.settle()
    return seen


def reached(seen: Seen, layouts: dict[str, Layout]) -> set[str]:
    """Those of the layers whose map the logits of noise depend on, by gradient; all, where that can't be told.

    A class token is all that some networks go on with; then the other tokens of the last block lead nowhere. None is
    reached in a network that answers the same to everything, such as a new one whose head is still 0.
    """
    sample = noise(seen.shape, next(seen.network.parameters()).device)
    if sample.is_meta:
        return set(layouts)
    outputs: dict[str, torch.Tensor] = {}
    hooks = {seen.modules[path]: _keeping(outputs, path) for path in layouts}
    with _hooked(hooks), torch.enable_grad():
        logits = logits_of(seen.network(sample.requires_grad_()))
    if torch.equal(logits[0], logits[1]):
        return set()
    paths = [path for path in outputs if outputs[path].requires_grad]
    found = torch.autograd.grad(mixed(logits), [outputs[path] for path in paths], allow_unused=True)
    gradients = dict(zip(paths, found, strict=True))
    return {path for path, g in gradients.items() if g is not None and layouts[path].split(g)[0].any()}


def mixed(logits: torch.Tensor) -> torch.Tensor:
    """A sum of logits (n, classes) with a weight of its own for each, so that no two cancel by construction."""
    weights = torch.randn(logits.shape, generator=torch.Generator().manual_seed(1))
    return (logits * weights.to(logits.device)).sum()


def _noting(seen: Seen, path: str) -> Callable[..., None]:
    return lambda module, _, output: seen.note(path, module, output)


def _keeping(outputs: dict[str, torch.Tensor], path: str) -> Callable[..., None]:
    return lambda _, __, output: outputs.update({path: output})


def _hooked(hooks: dict[nn.Module, Callable[..., None]]) -> AbstractContextManager[None]:
    return removed_after(module.register_forward_hook(hook) for module, hook in hooks.items())


def _has_places(output: torch.Tensor) -> bool:
    if output.dim() == 3:
        return min(output.shape[1:]) > 1
    return output[0, 0].numel() > 1 and output[0].numel() > max(output.shape[1:])


def _is_norm_of_last(module: nn.Module, shape: Iterable[int]) -> bool:
    """Whether a norm over channels has them last; those that are named so have them first."""
    own = "2d" not in type(module).__name__.lower()
    return isinstance(module, _NORMS) and own and tuple(module.normalized_shape) == tuple(shape)[-1:]


def _puts_channels_first(module: nn.Module) -> bool:
    return isinstance(module, (nn.Conv2d, nn.BatchNorm2d))


def _is_attention(path: str, module: nn.Module) -> bool:
    """Whether a module is attention and nothing else, by the names that libraries give to it or to its class."""
    name = f"{path.rpartition('.')[2]} {type(module).__name__}".lower()
    lists = any(isinstance(part, (nn.Sequential, nn.ModuleList)) for part in module.modules())
    return ("attention" in name or "attn" in name) and not lists


def _is_attention_matrix(output: torch.Tensor) -> bool:
    """Whether every row sums to 1, as those of an attention (n, heads, N, N) do."""
    if output.is_meta or not output.is_floating_point():
        return False
    return bool((output >= 0).all() and torch.allclose(output.sum(-1), torch.ones((), dtype=output.dtype), atol=1e-4))
