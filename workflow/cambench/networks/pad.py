"""Let convolutions pad for themselves: a layer of zeros in front of them copies every activation."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import nn

from .outputs import logits_of


class _Padded(NamedTuple):
    """A convolution that calls its own layer of zeros, and the name under which it keeps that."""

    conv: nn.Conv2d
    zeros: nn.ZeroPad2d
    name: str


def fold_padding(network: nn.Module, sample: torch.Tensor, keep: nn.Module | None = None) -> list[list[str]]:
    """Move the zeros that convolutions put around their own input into their `padding`, in place.

    Ports of TensorFlow's networks pad so ("same" padding). A layer whose sides differ is left alone, as is `keep` (the
    target layer). **Returns:** the path of each convolution and its layer's name in it; none, and the network as it
    was, if the output of `sample` is not the same to the bit.
    """
    found = [padded for padded in _padded(network) if padded.zeros is not keep]
    if not found:
        return []
    before = logits_of(network(sample))
    paths = {module: path for path, module in network.named_modules()}
    named = [[paths[conv], name] for conv, _, name in found]
    fold_paddings(network, named)
    if torch.equal(logits_of(network(sample)), before):
        return named
    for conv, zeros, name in found:
        conv.padding = (0, 0)
        setattr(conv, name, zeros)
    return []


def fold_paddings(network: nn.Module, found: Sequence[Sequence[str]]) -> None:
    """Fold what `fold_padding` found in the same network before, without trying it again."""
    for path, name in found:
        conv: Any = network.get_submodule(path)
        left, _, top, _ = getattr(conv, name).padding
        conv.padding = (top, left)
        setattr(conv, name, nn.Identity())


def _padded(network: nn.Module) -> Iterator[_Padded]:
    for conv in network.modules():
        if isinstance(conv, nn.Conv2d) and conv.padding in (0, (0, 0)) and conv.padding_mode == "zeros":
            for name, zeros in conv.named_children():
                if isinstance(zeros, nn.ZeroPad2d) and _is_even(zeros):
                    yield _Padded(conv, zeros, name)


def _is_even(zeros: nn.ZeroPad2d) -> bool:
    left, right, top, bottom = zeros.padding
    return left == right and top == bottom
