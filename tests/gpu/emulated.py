"""TF32 on a processor that has none: operands of convolutions and matrix products are rounded to ten bits of mantissa.

NVIDIA's tensor cores round the operands of a product in this way, multiply them exactly and add in float32. Every
convolution is rounded here, also depthwise ones, for which cuDNN may keep float32: what is measured is an upper bound.
"""

import torch
from torch.utils._python_dispatch import TorchDispatchMode

_PRODUCTS = {
    torch.ops.aten.convolution.default,
    torch.ops.aten.convolution_backward.default,
    torch.ops.aten.addmm.default,
    torch.ops.aten.mm.default,
    torch.ops.aten.bmm.default,
}
_DROPPED = 13  # of the 23 bits of a float32's mantissa


class Tf32(TorchDispatchMode):
    """Rounds float32 matrices and maps that go into products, forwards and backwards; sums and biases stay."""

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        if function in _PRODUCTS:
            args = tuple(rounded(item) if _is_operand(item) else item for item in args)
        return function(*args, **(kwargs or {}))


def rounded(values: torch.Tensor) -> torch.Tensor:
    """Float32 values rounded to TF32, half away from zero.

    >>> rounded(torch.tensor([1 + 2.0**-11, 1 + 2.0**-12, -1 - 2.0**-11])).sub(torch.tensor([1, 1, -1])).tolist()
    [0.0009765625, 0.0, -0.0009765625]
    """
    bits = values.view(torch.int32)
    kept = (bits + (1 << (_DROPPED - 1))) & ~((1 << _DROPPED) - 1)
    return kept.view(torch.float32)


def _is_operand(item: object) -> bool:
    return isinstance(item, torch.Tensor) and item.dtype == torch.float32 and item.dim() > 1
