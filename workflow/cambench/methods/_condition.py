"""How much a method magnifies the rounding of the network: the condition of maps sum_k w_k A_k whose w_k are quotients.

The denominator of a weight is a sum over positions. On a layer of signed activations its terms may cancel, and what is
left is mostly rounding. To first order a relative error u of each term moves the weight by u e_k, e_k the excess over a
sum without cancellation: 0 where the layer's output has one sign, as after a ReLU. The condition is how far that moves
the scaled map S, over u, at most: with x* the position of the map's maximum, and a minimum that the ReLU has made 0,

    max over positions x of sum_k e_k |A_k(x) - S(x) A_k(x*)|, over the range of the map after its ReLU.
"""

import torch
from torch import Tensor

_MOST = 1e30  # of the excess where a denominator is 0; its products still fit float32


def sums(values: Tensor) -> Tensor:
    """Sums over positions, (n, K, 1, 1)."""
    return values.sum((2, 3), keepdim=True)


def quotient(numerator: Tensor, denominator: Tensor) -> Tensor:
    """Quotient of tensors, 0 where the denominator is."""
    return torch.where(denominator == 0, 0, numerator / torch.where(denominator == 0, 1, denominator))


def at_risk(numerator: Tensor, denominator: Tensor) -> Tensor:
    """What rounding puts at risk of a quotient: its magnitude, or the numerator's where the denominator is 0.

    Such a quotient counts for nothing, but in another rounding for much.
    """
    return torch.where(denominator == 0, numerator, quotient(numerator, denominator)).abs()


def cancelled(magnitude: Tensor, total: Tensor) -> Tensor:
    """By how much cancellation magnifies the relative error of a sum: the sum of its terms' magnitudes over |`total`|,
    less 1, which is 0 for terms of one sign.
    """
    return (magnitude / total.abs() - 1).nan_to_num(0, _MOST).clamp(0, _MOST)


def condition(e: Tensor, A: Tensor, maps: Tensor) -> Tensor:
    """Condition of maps, float32 (n,), finite; 0 for a map without a range.

    **Arguments:** `e` (n, K, 1, 1), at least 0, the errors of the weights; `A` (n, K, h, w); `maps` (n, h, w).
    """
    A, M = A.flatten(2), maps.relu().flatten(1)[:, None]  # (n, K, positions), (n, 1, positions)
    (low, bottom), (high, top) = M.min(2, keepdim=True), M.max(2, keepdim=True)
    S = quotient(M - low, high - low)
    ends = S * _at(A, top) + (1 - S) * torch.where(low > 0, _at(A, bottom), 0)
    moved = torch.where(M > 0, (A - ends).abs(), 0)  # below 0 the ReLU holds the map
    total = (e.flatten(2).clamp(max=_MOST) * moved).sum(1).amax(1)
    return quotient(total, (high - low)[:, 0, 0]).nan_to_num(0).clamp(max=torch.finfo(torch.float32).max).float()


def _at(A: Tensor, place: Tensor) -> Tensor:
    """Values (n, K, 1) of every channel at one position of each image, int64 (n, 1, 1)."""
    return A.gather(2, place.expand(-1, A.shape[1], -1))
