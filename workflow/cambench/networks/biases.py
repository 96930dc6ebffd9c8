"""Note the biases that convolutions and batch norms add in a pass, as torch itself sees them called.

What a network adds as a constant is a bias: that of a convolution, and beta - gamma mean / sqrt(variance + eps) of a
batch norm. A batch norm that is folded into a convolution left its bias there; where the convolution had one of its
own, `fold.Folded` says which part that is.
"""

from collections.abc import Callable, Iterator
from typing import Any

from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from .fold import Folded


class Terms:
    """Of every bias b of a pass, in their order, `reduce(g b)`, once a backward pass has been made.

    g is the gradient of the output (n, K, h, w) that the bias is added to.
    """

    def __init__(self, reduce: Callable[[Tensor], Tensor]) -> None:
        self._found: list[list[Tensor]] = []
        self._reduce = reduce

    def expect(self, output: Tensor, factors: list[Tensor]) -> None:
        """Take the terms of an output when its gradient is there, even if the network goes on with it in place.

        **Arguments:** `factors` (K,), one for each bias: what its gradient is multiplied by.
        """
        own: list[Tensor] = []
        self._found.append(own)
        output.register_hook(lambda g: own.extend(self._reduce(g.float() * b[:, None, None]) for b in factors))

    def __iter__(self) -> Iterator[Tensor]:
        return (term for own in self._found for term in own)


def noted(network: nn.Module, terms: Terms) -> TorchFunctionMode:
    """A context within which `terms` expect the biases of the network's passes."""
    return _Noting(network, terms)


class _Noting(TorchFunctionMode):
    def __init__(self, network: nn.Module, terms: Terms) -> None:
        super().__init__()
        self._folded = {id(item.bias[0]): item for item in network.modules() if isinstance(item, Folded)}
        self._terms = terms

    def __torch_function__(self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        """Call a function of torch."""
        output = func(*args, **(kwargs or {}))
        read = _BIASES.get(func)
        bias = read(*args, **(kwargs or {})) if read else None
        if bias is not None and output.dim() == 4 and output.requires_grad:
            self._terms.expect(output, [part.detach().float() for part in self._parts(bias)])
        return output

    def _parts(self, bias: Tensor) -> list[Tensor]:
        """A bias, or the convolution's own and the batch norm's that are folded into it.

        The own one was added before the batch norm, where the gradient is as many times larger as its scale says.
        """
        folded = self._folded.get(id(bias))
        return [bias] if folded is None else [folded.own, bias - folded.own]


def _of_convolution(_: Tensor, __: Tensor, bias: Tensor | None = None, *___: Any, **____: Any) -> Tensor | None:
    return bias


def _of_batch_norm(
    _: Tensor,
    mean: Tensor | None,
    variance: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor | None:
    if mean is None or variance is None:
        return bias
    shift = mean / (variance + eps).sqrt()
    shift = shift if weight is None else weight * shift
    return -shift if bias is None else bias - shift


_BIASES: dict[Any, Callable[..., Tensor | None]] = {
    functional.conv2d: _of_convolution,
    functional.batch_norm: _of_batch_norm,
}
