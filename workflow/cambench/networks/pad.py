"""Let convolutions pad for themselves: a layer of zeros in front of them copies every activation."""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import nn

from .outputs import logits_of


class _Padded(NamedTuple):
    """A convolution that calls its own layer of zeros, and the name under which it keeps that."""

    conv: nn.Conv2d
    zeros: nn.ZeroPad2d
    name: str


def fold_padding(network: nn.Module, sample: torch.Tensor, keep: nn.Module | None = None) -> int:
    """Move the zeros that convolutions put around their own input into their `padding`, in place.

    Ports of TensorFlow's networks pad so ("same" padding). A layer whose sides differ is left alone, as is `keep` (the
    target layer). **Returns:** the number of folded layers; 0, and the network as it was, if the output of `sample` is
    not the same to the bit.
    """
    found = [padded for padded in _padded(network) if padded.zeros is not keep]
    if not found:
        return 0
    before = logits_of(network(sample))
    for conv, zeros, name in found:
        left, _, top, _ = zeros.padding
        conv.padding = (top, left)
        setattr(conv, name, nn.Identity())
    if torch.equal(logits_of(network(sample)), before):
        return len(found)
    for conv, zeros, name in found:
        conv.padding = (0, 0)
        setattr(conv, name, zeros)
    return 0


def _padded(network: nn.Module) -> Iterator[_Padded]:
    for conv in network.modules():
        if isinstance(conv, nn.Conv2d) and conv.padding in (0, (0, 0)) and conv.padding_mode == "zeros":
            for name, zeros in conv.named_children():
                if isinstance(zeros, nn.ZeroPad2d) and _is_even(zeros):
                    yield _Padded(conv, zeros, name)


def _is_even(zeros: nn.ZeroPad2d) -> bool:
    left, right, top, bottom = zeros.padding
    return left == right and top == bottom
