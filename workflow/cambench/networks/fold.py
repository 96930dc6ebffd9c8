"""Fold batch norms into convolutions, which changes a network in place but not its answers."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from .outputs import logits_of

_TOLERANCE = 1e-4


class Folds(NamedTuple):
    """What was folded into convolutions, each with the convolution's path.

    `norms` are batch norms, by their paths; `pads` layers of zeros, by the names that convolutions keep them under.
    """

    norms: Sequence[Sequence[str]] = ()
    pads: Sequence[Sequence[str]] = ()


class Folded(nn.Identity):
    """What stays in the place of a batch norm that is folded into a convolution with a bias of its own.

    `bias` holds the convolution's, of both, and `own` (K,) is what its own one is in it, times the batch norm's scale.
    """

    def __init__(self, bias: torch.Tensor, own: torch.Tensor) -> None:
        super().__init__()
        self.bias, self.own = (bias,), own  # in a tuple, so that it is no parameter of this module


class _Pair(NamedTuple):
    """A convolution, the one batch norm that takes its output, and the module and name under which that is kept."""

    conv: nn.Conv2d
    norm: nn.BatchNorm2d
    owner: nn.Module
    name: str


def fold_batch_norm(network: nn.Module, sample: torch.Tensor, keep: nn.Module | None = None) -> list[list[str]]:
    """Fold each batch norm that directly follows a convolution into it, in place; the module tree stays as it is.

    A batch norm is folded when a forward pass of `sample` shows it fed by exactly one convolution; `keep` (the
    target layer) is left alone. **Returns:** the paths of each convolution and batch norm; none, and the network as it
    was, if folding would have moved the output, or if that is not finite.
    """
    before = logits_of(network(sample))
    if not before.isfinite().all():
        return []
    found = list(_pairs(network, sample, keep))
    pairs = [_pair(network, conv, norm) for conv, norm in found]
    saved = [(pair.conv.weight, pair.conv.bias) for pair in pairs]
    fold_batch_norms(network, found)
    if torch.allclose(logits_of(network(sample)), before, rtol=_TOLERANCE, atol=_TOLERANCE * float(before.abs().max())):
        return found
    for pair, (weight, bias) in zip(pairs, saved, strict=True):
        pair.conv.weight, pair.conv.bias = weight, bias
        setattr(pair.owner, pair.name, pair.norm)
    return []


def fold_batch_norms(network: nn.Module, found: Sequence[Sequence[str]]) -> None:
    """Fold what `fold_batch_norm` found in the same network before, without trying it again."""
    for conv, norm in found:
        _fold(_pair(network, conv, norm))


def _pair(network: nn.Module, conv: str, norm: str) -> _Pair:
    parent, _, name = norm.rpartition(".")
    found: Any = network.get_submodule
    return _Pair(found(conv), found(norm), found(parent), name)


def _fold(pair: _Pair) -> None:
    conv, norm, before = pair.conv, pair.norm, pair.conv.bias
    statistics: Any = (norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias)
    conv.weight, conv.bias = fuse_conv_bn_weights(conv.weight, conv.bias, *statistics)
    conv.requires_grad_(False)
    setattr(pair.owner, pair.name, nn.Identity() if before is None else Folded(conv.bias, before * _scale(norm)))


def _scale(norm: nn.BatchNorm2d) -> torch.Tensor:
    """What a batch norm multiplies each channel by, (K,)."""
    statistics: Any = (norm.running_var, norm.weight)
    variance, weight = statistics
    scale: torch.Tensor = (variance + norm.eps).rsqrt().detach()
    return scale if weight is None else scale * weight.detach()


def _pairs(network: nn.Module, sample: torch.Tensor, keep: nn.Module | None) -> Iterator[list[str]]:
    """Paths of convolutions, each with that of the batch norm that alone takes its output."""
    calls, fed = _feeds(network, sample)
    paths = {module: path for path, module in network.named_modules()}
    for norm, conv in fed.items():
        if isinstance(conv, nn.Conv2d) and keep not in (conv, norm) and calls[conv] == calls[norm] == 1:
            yield [paths[conv], paths[norm]]


def _feeds(
    network: nn.Module, sample: torch.Tensor
) -> tuple[dict[nn.Module, int], dict[nn.BatchNorm2d, nn.Module | None]]:
    """How often each convolution and batch norm ran in a forward pass, and whose output each batch norm took."""
    outputs: dict[int, nn.Module] = {}
    calls: dict[nn.Module, int] = {}
    alive: list[torch.Tensor] = []
    fed: dict[nn.BatchNorm2d, nn.Module | None] = {}

    def after_conv(module: nn.Module, _: Any, output: torch.Tensor) -> None:
        calls[module] = calls.get(module, 0) + 1
        outputs[id(output)] = module
        alive.append(output)  # so that no id is given twice

    def before_norm(module: nn.BatchNorm2d, args: tuple) -> None:
        calls[module] = calls.get(module, 0) + 1
        fed[module] = outputs.get(id(args[0]))

    convolutions = [module for module in network.modules() if type(module).__name__.startswith("Conv2d")]
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    handles = [module.register_forward_hook(after_conv) for module in convolutions]
    handles += [norm.register_forward_pre_hook(before_norm) for norm in norms]
    try:
        network(sample)
    finally:
        for handle in handles:
            handle.remove()
    return calls, fed
