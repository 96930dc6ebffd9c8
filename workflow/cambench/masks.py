"""From raw maps to masks: ReLU, min-max scaling, bilinear upsampling. The one place where it is done.

Pure numpy, because jobs that run no network start without torch; `masks_on` is for jobs that use torch anyway.
"""

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import torch

# A variance smaller than this is rounding: maps lie in [0, 1].
_FLAT = 1e-14


@dataclass(frozen=True)
class Masking:
    """How a raw map becomes a mask, and the mask an input.

    - `relu`: whether the raw map goes through a ReLU first.
    - `order`: `scale_then_upsample` (as the authors of ADCC) or `upsample_then_scale`.
    - `space`: where the input is multiplied by the mask: `normalised` (black is the mean colour) or `pixels`.
    """

    relu: bool = True
    order: str = "scale_then_upsample"
    space: str = "normalised"


class Scaled(NamedTuple):
    """Maps S, float32 (n, h, w) in [0, 1], and which of them could not be scaled, bool (n,)."""

    maps: np.ndarray
    degenerate: np.ndarray
    nonfinite: np.ndarray


def scale(raw: np.ndarray, relu: bool) -> Scaled:
    """S of raw maps, float (n, h, w).

    S is all zeros where a map is degenerate (constant after the ReLU) or not finite.

    >>> scale(np.array([[[-1.0, 1.0, 3.0]]]), relu=True).maps.round(2).tolist()
    [[[0.0, 0.33000001311302185, 1.0]]]
    """
    nonfinite = ~np.isfinite(raw).all((1, 2))
    maps = np.where(nonfinite[:, None, None], 0, raw).astype(np.float32)
    maps = np.maximum(maps, 0) if relu else maps
    low, high = maps.min((1, 2), keepdims=True), maps.max((1, 2), keepdims=True)
    flat = high <= low
    scaled = np.where(flat, 0, (maps - low) / np.where(flat, 1, high - low))
    return Scaled(scaled.astype(np.float32), flat[:, 0, 0] & ~nonfinite, nonfinite)


def masks(raw: np.ndarray, size: tuple[int, int], masking: Masking) -> np.ndarray:
    """U(S), float32 (n, H, W) in [0, 1], of raw maps (n, h, w)."""
    if masking.order == "scale_then_upsample":
        return upsampled(scale(raw, masking.relu).maps, size)
    large = upsampled(np.maximum(raw, 0) if masking.relu else raw, size)
    return scale(large, relu=False).maps


def masks_on(device: "torch.device", raw: np.ndarray, size: tuple[int, int], masking: Masking) -> "torch.Tensor":
    """U(S), float32 (n, H, W) in [0, 1], on a device: what `masks` gives, to rounding.

    Torch upsamples there, because numpy's waiting threads would slow the network down.
    """
    import torch

    if masking.order != "scale_then_upsample":
        return torch.from_numpy(masks(raw, size, masking)).to(device)
    small = torch.from_numpy(scale(raw, masking.relu).maps).to(device, non_blocking=True)
    return torch.nn.functional.interpolate(small[:, None], size, mode="bilinear")[:, 0]


def upsampled(maps: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Bilinear upsampling with `align_corners=False`, float32 (n, H, W); a map's bits do not depend on the others."""
    rows, columns = (upsampling(*sides).astype(np.float32) for sides in zip(maps.shape[1:], size, strict=True))
    # Two products per map: one for the rows of all maps would round those at its end in another way.
    return np.asarray(rows @ (maps.astype(np.float32) @ columns.T))


@functools.cache
def upsampling(small: int, large: int) -> np.ndarray:
    """The matrix (large, small), float64, that upsamples a line: U(S) = R S C^T."""
    centre = np.clip((np.arange(large) + 0.5) * small / large - 0.5, 0, small - 1)
    below = np.minimum(centre.astype(int), small - 1)
    above = np.minimum(below + 1, small - 1)
    matrix = np.zeros((large, small))
    np.add.at(matrix, (np.arange(large), below), 1 - (centre - below))
    np.add.at(matrix, (np.arange(large), above), centre - below)
    return matrix


def statistics(
    raw: tuple[np.ndarray, np.ndarray], scaled: tuple[Scaled, Scaled], size: tuple[int, int], masking: Masking
) -> tuple[np.ndarray, np.ndarray]:
    """Mean of U(S) and correlation of U(S) and U(T), float64 (n,), over pixels; S, T of clean and masked input.

    Upsampling is linear, U(S) = R S C^T, so both follow at the maps' own resolution: mean U(S) = r^T S c / HW with
    r, c the column sums of R, C, and <U(S), U(T)> = <(R^T R) S (C^T C), T>.
    """
    S, T = (block.maps for block in scaled)
    if masking.order != "scale_then_upsample":
        S, T = (masks(maps, size, masking) for maps in raw)
    gram = [upsampling(small, large) for small, large in zip(S.shape[1:], size, strict=True)]
    weight = np.outer(*(matrix.sum(0) / len(matrix) for matrix in gram))  # of each cell in the mean over pixels
    gram = [matrix.T @ matrix / len(matrix) for matrix in gram]
    S, T = S.astype(np.float64), T.astype(np.float64)
    mean_S, mean_T = (np.tensordot(maps, weight, 2) for maps in (S, T))

    def covariance(a: np.ndarray, b: np.ndarray, mean: np.ndarray) -> np.ndarray:
        return np.asarray(((gram[0] @ a @ gram[1]) * b).sum((1, 2)) - mean)

    variance = covariance(S, S, mean_S**2) * covariance(T, T, mean_T**2)
    rho = covariance(S, T, mean_S * mean_T) / np.sqrt(np.where(variance > _FLAT**2, variance, np.inf))
    return np.clip(mean_S, 0, 1), np.clip(rho, -1, 1)
