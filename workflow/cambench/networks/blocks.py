"""Find the blocks of a transformer and whether each attends from all tokens to all; if not, say why.

It is seen in a pass of noise, not told from names: which modules call a softmax once, and follow on one another.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import InputError
from .attention import Noting, attend, gradients
from .build import reason
from .hooks import removed_after
from .layout import Layout
from .outputs import logits_of

_NEEDS = "needs attention from all tokens to all"
_MORE = 4  # a token that is averaged with patches has about their gradient; beside their mean, h x w times that
_CONTAINERS = (nn.Sequential, nn.ModuleList)


@dataclass(frozen=True)
class Blocks:
    """The blocks of a network, in their order, or the `refusal`, why there are none that can be explained.

    `rows` are those of an attention whose mean methods take: rows of the prefix tokens that the network pools by
    themselves, most often that of the class token alone, the first. timm's distilled DeiT averages what its class and
    distillation tokens say, so both rows count. Of DINOv2, which joins the class token and the mean of the patches, the
    class token's row counts alone. `rows` is empty if all rows count, because the network averages the patches, perhaps
    with prefix tokens among them.

    A token is pooled by itself if the gradient at its row of the last block is more than four times the mean of those
    of the patches, in a pass of noise.
    """

    modules: tuple[nn.Module, ...] = ()
    rows: tuple[int, ...] = ()
    refusal: str | None = None

    def __len__(self) -> int:
        return len(self.modules)

    @property
    def query(self) -> str:
        """Name of the rows: `class` for the first one, `prefix` and their indices for others, or `all`."""
        if self.rows == (0,):
            return "class"
        return f"prefix {' + '.join(map(str, self.rows))}" if self.rows else "all"


@dataclass
class _Call:
    """An attention: its shape, and the modules that were running, outermost first."""

    shape: tuple[int, ...]
    running: list[nn.Module]


@dataclass
class _Seen:
    """What a pass shows: attentions, and the first argument and the output of every module that ran."""

    calls: list[_Call] = field(default_factory=list)
    running: list[nn.Module] = field(default_factory=list)
    taken: dict[nn.Module, Any] = field(default_factory=dict)
    given: dict[nn.Module, Any] = field(default_factory=dict)

    def enter(self, module: nn.Module, args: tuple, kwargs: dict) -> None:
        self.running.append(module)
        self.taken[module] = next(iter([*args, *kwargs.values()]), None)

    def leave(self, module: nn.Module, _: Any, output: Any) -> None:
        self.running.pop()
        self.given[module] = output

    def note(self, attention: Tensor) -> Tensor:
        self.calls.append(_Call(tuple(attention.shape), list(self.running)))
        return attention


def find_blocks(network: nn.Module, sample: Tensor, layout: Layout) -> Blocks:
    """Blocks of a network that attend to the tokens of its target layer, seen in a pass of `sample` (n, 3, H, W)."""
    try:
        modules = _chain(_watched(network, sample), len(sample), layout)
        return Blocks(modules, _rows(network, modules, sample, layout.prefix))
    except InputError as error:
        return Blocks(refusal=f"{_NEEDS}; {error}")
    except Exception as error:  # the network is the user's code, and may raise anything
        return Blocks(refusal=f"{_NEEDS}; that of the network cannot be followed: {reason(error)}")


def _watched(network: nn.Module, sample: Tensor) -> _Seen:
    seen = _Seen()
    handles = [module.register_forward_pre_hook(seen.enter, with_kwargs=True) for module in network.modules()]
    handles += [module.register_forward_hook(seen.leave) for module in network.modules()]
    with removed_after(handles), torch.no_grad(), Noting(seen.note):
        network(sample)
    return seen


def _chain(seen: _Seen, n: int, layout: Layout) -> tuple[nn.Module, ...]:
    """The block of each attention. **Raises:** `InputError` unless each takes what the one before it gives."""
    if not seen.calls:
        raise InputError("the network has none that can be seen")
    for call in seen.calls:
        _check(call.shape, n, layout)
    blocks = [_block(call, seen) for call in seen.calls]
    for before, after in pairwise(blocks):
        if seen.taken[after] is not seen.given[before]:
            raise InputError("the blocks of the network do not follow on one another")
    return tuple(blocks)


def _check(shape: tuple[int, ...], n: int, layout: Layout) -> None:
    if len(shape) != 4 or shape[0] != n:
        raise InputError("that of the network is within windows or groups")
    if shape[2] != shape[3]:
        raise InputError(f"that of the network is from {shape[2]} tokens to {shape[3]}, as in attention pooling")
    if layout.grid is None:
        raise InputError("the target layer gives no tokens; name one that does")
    if shape[2] != layout.prefix + layout.grid[0] * layout.grid[1]:
        found = f"{layout.prefix} + {layout.grid[0]} x {layout.grid[1]}"
        raise InputError(f"that of the network is among {shape[2]} tokens or channels, its target layer has {found}")


def _block(call: _Call, seen: _Seen) -> nn.Module:
    """The outermost module with one attention, and tokens in and out; a list's item rather than what holds the list."""
    own = [module for module in call.running if sum(module in other.running for other in seen.calls) == 1]
    fitting = [module for module in own if _is_tokens(seen.taken[module]) and _is_tokens(seen.given.get(module))]
    items = [module for module in fitting if not isinstance(module, _CONTAINERS) and _is_item(module, call.running)]
    for module in [*items, *fitting]:
        return module
    raise InputError("the network has no blocks with one each")


def _is_item(module: nn.Module, running: Sequence[nn.Module]) -> bool:
    """Whether a module is one of a list; a `ModuleList` itself never runs, so all modules that ran are searched."""
    lists = [part for owner in running for part in (owner, *owner.children()) if isinstance(part, _CONTAINERS)]
    return any(module is item for part in lists for item in part)


def _is_tokens(value: Any) -> bool:
    return isinstance(value, Tensor) and value.dim() == 3


def _rows(network: nn.Module, blocks: Sequence[nn.Module], sample: Tensor, prefix: int) -> tuple[int, ...]:
    """Rows of the prefix tokens that are pooled. **Raises:** `InputError` if the logits are not the network's own."""
    seen = attend(lambda: network(sample), blocks, graph=True)
    if len(seen.weights) != len(blocks) or len(seen.outputs) != len(blocks):
        raise InputError("that of the network changes from pass to pass")
    if sample.is_meta:
        return (0,) if prefix else ()
    with torch.no_grad():
        if not torch.allclose(seen.logits, logits_of(network(sample)), rtol=1e-3, atol=1e-4):
            raise InputError("computed in steps, that of the network gives other logits")
    (gradient,) = gradients([(seen.logits**2).sum()], seen.weights[-1:])
    if not gradient.any():  # as of a head whose weights are still 0, which says nothing of the class token
        return (0,) if prefix else ()
    sizes = gradient.norm(dim=3).sum((0, 1))
    return tuple(row for row in range(prefix) if sizes[row] > _MORE * sizes[prefix:].mean())
