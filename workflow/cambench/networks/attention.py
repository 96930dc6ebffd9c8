"""Attention of a transformer, as its softmax gives it, and the gradients with respect to it.

Whoever wrote the network, its attention comes from one of torch's own functions: a softmax over the last dimension, or
a fused one that has no softmax to look at. Within a pass that notes attention, the fused ones are computed in steps, so
that the output follows from the softmax. Nothing of the network is changed, for torch itself says what is called.
"""

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from ..errors import InputError
from .head import forwarding
from .hooks import removed_after
from .outputs import logits_of

Note = Callable[[Tensor], Tensor]  # what goes on in place of an attention
_SOFTMAX = (torch.softmax, functional.softmax, Tensor.softmax)
_MULTIHEAD = inspect.signature(functional.multi_head_attention_forward)


@dataclass(frozen=True)
class Attended:
    """What a pass shows: `logits` (n, classes), attention (n, heads, T, T) and outputs (n, T, K) of blocks."""

    logits: Tensor
    weights: list[Tensor]
    outputs: list[Tensor]


class Noting(TorchFunctionMode):
    """Within this context, `note(A)` takes the place of every attention A, (..., queries, keys) after its softmax.

    The first ones, as many as are to `skip`, are left as they are.
    """

    def __init__(self, note: Note, skip: int = 0) -> None:
        super().__init__()
        self._note, self._left = note, skip

    def __torch_function__(self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        """Call a function of torch. **Raises:** `InputError` for a kind of attention that is not known."""
        given = kwargs or {}
        if func in _FUSED:
            return func(*args, **given) if self._skips() else _FUSED[func](self._note, *args, **given)
        output = func(*args, **given)
        is_attention = func in _SOFTMAX and _is_over_keys(output, *args, **given)
        return self._note(output) if is_attention and not self._skips() else output

    def _skips(self) -> bool:
        self._left -= 1
        return self._left >= 0


def attend(run: Callable[[], Any], blocks: Sequence[nn.Module] = (), start: int = 0, graph: bool = False) -> Attended:
    """What a pass `run()` shows of the attention of blocks from `start` on, and of the outputs of `blocks`.

    With `graph`, gradients with respect to that attention can be asked for; there is no graph before it.
    """
    weights: list[Tensor] = []

    def note(attention: Tensor) -> Tensor:
        # The first one, and any that does not depend on it, is a leaf of its own.
        leaf = graph and not attention.requires_grad
        weights.append(attention.detach().requires_grad_() if leaf else attention)
        return weights[-1]

    with _outputs(blocks) as outputs, torch.set_grad_enabled(graph), Noting(note, start):
        return Attended(logits_of(run()), weights, outputs)


def gradients(scores: Sequence[Tensor], weights: Sequence[Tensor]) -> list[Tensor]:
    """Gradients of each score with respect to its own attention, float32, shaped like it; `scores` have no shape."""
    return [
        torch.autograd.grad(score, attention, retain_graph=True)[0].float()
        for score, attention in zip(scores, weights, strict=True)
    ]


def read_out(network: nn.Module, blocks: Sequence[nn.Module], inputs: Tensor, tokens: Tensor) -> Any:
    """What a network returns if its last block gives `tokens` (n, T, K); the blocks themselves do not run."""
    skipped: dict[nn.Module, Callable[..., Any]] = dict.fromkeys(blocks[:-1], _first)
    with forwarding({**skipped, blocks[-1]: lambda *args, **kwargs: tokens}):
        return network(inputs)


def _product(
    note: Note,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """`scaled_dot_product_attention`, in steps."""
    if dropout_p or is_causal or enable_gqa:
        raise InputError("that of the network is causal, grouped or random")
    return note(_softmax(query, key, attn_mask, scale)).to(value.dtype) @ value


def _softmax(query: Tensor, key: Tensor, mask: Tensor | None = None, scale: float | None = None) -> Tensor:
    scores = (query * (query.shape[-1] ** -0.5 if scale is None else scale)) @ key.transpose(-2, -1)
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf) if mask.dtype == torch.bool else scores + mask
    return scores.softmax(-1)


def _multihead(note: Note, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor | None]:
    """`multi_head_attention_forward` of tokens (T, n, K) that attend to one another, in steps."""
    bound = _MULTIHEAD.bind(*args, **kwargs)
    bound.apply_defaults()
    given = SimpleNamespace(**bound.arguments)
    if not given.query is given.key is given.value:
        raise InputError("that of the network is from some tokens to others, as in attention pooling")
    if _is_special(given):
        raise InputError("that of the network has masks, extra tokens or separate projections")
    projected = functional.linear(given.query, given.in_proj_weight, given.in_proj_bias).chunk(3, 2)
    query, key, value = (part.unflatten(2, (given.num_heads, -1)).permute(1, 2, 0, 3) for part in projected)
    attention = note(_softmax(query, key))
    mixed = (attention.to(value.dtype) @ value).permute(2, 0, 1, 3).flatten(2)
    return functional.linear(mixed, given.out_proj_weight, given.out_proj_bias), _returned(attention, given)


def _is_special(given: SimpleNamespace) -> bool:
    unusual = (given.bias_k, given.bias_v, given.key_padding_mask, given.attn_mask, given.static_k, given.static_v)
    random = given.training and given.dropout_p > 0
    return any(item is not None for item in unusual) or given.add_zero_attn or given.use_separate_proj_weight or random


def _returned(attention: Tensor, given: SimpleNamespace) -> Tensor | None:
    if not given.need_weights:
        return None
    return attention.mean(1) if given.average_attn_weights else attention


def _is_over_keys(output: Any, _: Any, dim: int | None = None, *__: Any, **___: Any) -> bool:
    """Whether a softmax is one over the last of three or more dimensions; of fewer, it is one of logits."""
    return isinstance(output, Tensor) and output.dim() > 2 and dim in (-1, output.dim() - 1)


def _first(*args: Any, **kwargs: Any) -> Any:
    return [*args, *kwargs.values()][0]


@contextmanager
def _outputs(blocks: Sequence[nn.Module]) -> Iterator[list[Tensor]]:
    """Within this context, the outputs of blocks are kept."""
    kept: list[Tensor] = []
    handles = [block.register_forward_hook(lambda _, __, output: kept.append(output)) for block in blocks]
    with removed_after(handles):
        yield kept


_FUSED: dict[Any, Callable[..., Any]] = {
    functional.scaled_dot_product_attention: _product,
    functional.multi_head_attention_forward: _multihead,
}
