"""Explain images at several layers with any method, and fuse the maps."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from ..networks.batch import Batch
from ._fusion import Fusion

_FUSES: dict[str, Callable[[Tensor], Tensor]] = {
    "mean": lambda maps: maps.mean(0),
    "max": lambda maps: maps.amax(0),
    "product": lambda maps: maps.prod(0) ** (1 / len(maps)),
}


def fused(
    explain: Callable[[Batch], tuple[Tensor, Tensor]], batch: Batch, fusion: Fusion, relu: bool
) -> tuple[Tensor, Tensor]:
    """Maps of layers, each scaled to [0, 1] and upsampled to the input, as one; and the largest of their conditions.

    The product is a geometric mean, so that it has the range of the maps. A map that is constant is 0.

    **Arguments:** `explain` gives raw maps (n, h, w) and their condition (n,); `relu` whether they take a ReLU.
    **Returns:** maps float32 (n, H, W) in [0, 1], NaN for an image that has a map which is not finite; condition (n,).
    """
    found = [_at(explain, batch, layer, relu) for layer in fusion.layers]
    maps = torch.stack([maps for maps, _ in found])
    return _FUSES[fusion.fuse](maps), torch.stack([condition for _, condition in found]).amax(0)


def scaled(raw: Tensor, relu: bool) -> Tensor:
    """S of raw maps (n, h, w), float32, as `masks.scale` defines it, but NaN where a map is not finite."""
    maps = raw.float().relu() if relu else raw.float()
    low, high = maps.amin((1, 2), keepdim=True), maps.amax((1, 2), keepdim=True)
    flat = high <= low
    found = torch.where(flat, 0, (maps - low) / torch.where(flat, 1, high - low))
    return torch.where(maps.isfinite().all(2, keepdim=True).all(1, keepdim=True), found, torch.nan)


def _at(
    explain: Callable[[Batch], tuple[Tensor, Tensor]], batch: Batch, layer: str, relu: bool
) -> tuple[Tensor, Tensor]:
    """U(S) (n, H, W) of one layer, and the condition of its maps. Its graph ends here."""
    there = batch.at(layer)
    raw, condition = explain(there)
    batch.learn(there)
    return interpolate(scaled(raw, relu)[:, None], batch.input_shape, mode="bilinear")[:, 0], condition
