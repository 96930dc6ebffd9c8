"""The gradient of one class through a last 1 x 1 convolution with a channel a class, as SqueezeNet's head has it.

What comes back to that convolution is zero in every channel but one, and autograd would multiply it with the whole
(classes, K) matrix: for SqueezeNet a quarter of a forward pass.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.nn.functional import conv2d


class ClassChannel:
    """A convolution, if there is one, whose backward pass looks at the channel of each image's class alone."""

    def __init__(self, conv: nn.Conv2d | None) -> None:
        self.conv = conv
        self.classes: torch.Tensor | None = None  # int64 (n,), of the backward pass that comes next

    @contextmanager
    def used(self) -> Iterator[None]:
        """In here the convolution's forward builds the shorter graph."""
        conv = self.conv
        if conv is None:
            yield
            return
        conv.__dict__["forward"] = lambda inputs: _Convolved.apply(inputs, conv.weight, conv.bias, self)
        try:
            yield
        finally:
            conv.__dict__.pop("forward", None)


class _Convolved(torch.autograd.Function):
    @staticmethod
    def forward(  # type: ignore[override]
        ctx: Any, inputs: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, of: ClassChannel
    ) -> torch.Tensor:
        ctx.weight, ctx.of = weight, of
        return conv2d(inputs, weight, bias)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:  # type: ignore[override]
        classes = ctx.of.classes
        own = gradient[torch.arange(len(classes), device=classes.device), classes]  # (n, h, w)
        return own[:, None] * ctx.weight[classes], None, None, None  # (n, K, h, w)


def find(network: nn.Module, sample: torch.Tensor, classes: int) -> ClassChannel:
    """The last convolution to run, if it is 1 x 1, runs once and has a channel a class, alone in deciding its logit.

    **Arguments:** `sample` network inputs (n, 3, H, W) on which the latter is seen; `classes` the number of logits.
    """
    calls: list[tuple[nn.Conv2d, torch.Tensor]] = []
    convs = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    if sample.is_meta or not any(_fits(conv, classes) for conv in convs):
        return ClassChannel(None)
    handles = [conv.register_forward_hook(lambda conv, _, output: calls.append((conv, output))) for conv in convs]
    with torch.enable_grad():
        found = network(sample.detach().requires_grad_())
    logits = found[0] if isinstance(found, tuple) else found
    for handle in handles:
        handle.remove()
    conv, output = calls[-1]
    once = [other for other, _ in calls].count(conv) == 1
    return ClassChannel(conv if once and _fits(conv, classes) and _apart(logits, output) else None)


def _fits(conv: nn.Conv2d, classes: int) -> bool:
    wanted = {"kernel_size": (1, 1), "stride": (1, 1), "padding": (0, 0), "groups": 1, "out_channels": classes}
    return all(getattr(conv, name) == value for name, value in wanted.items())


def _apart(logits: torch.Tensor, output: torch.Tensor) -> bool:
    """Whether the gradient of each image's greatest logit is zero in all channels but its class's."""
    best, classes = logits.max(1)
    (gradient,) = torch.autograd.grad(best.sum(), output)  # (n, classes, h, w)
    reached = gradient.flatten(2).any(2)
    return torch.equal(reached, nn.functional.one_hot(classes, logits.shape[1]).bool())
