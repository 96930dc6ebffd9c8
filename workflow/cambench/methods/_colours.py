"""What methods share whose values are those of an image's pixels: how the three colours make one map."""

from torch import Tensor


def reduced(values: Tensor, how: str) -> Tensor:
    """Maps (n, H, W) of values (n, 3, H, W): sums of magnitudes (`abs`), sums (`signed`), or largest magnitudes."""
    if how == "signed":
        return values.sum(1)
    return values.abs().sum(1) if how == "abs" else values.abs().amax(1)
