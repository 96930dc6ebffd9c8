"""Precomputed maps, read from a .npy file or a Zarr array in the order of the manifest."""

import torch
from torch import Tensor

from ..contract import ProbeLike
from ..precomputed import read

RESOLUTION = "file"


def cam(
    probe: ProbeLike,
    images: Tensor,
    classes: Tensor,
    *,
    path: str = "",
    masked: str = "",
    names: str = "",
    manifest: str = "",
) -> Tensor:
    """Maps of the clean images from `path`, and of the masked ones from `masked`; without those, none (NaN)."""
    source = masked if probe.draw else path
    if not source:
        return torch.full((len(images), 1, 1), torch.nan)
    return torch.from_numpy(read(source, probe.rows, manifest, names)).to(probe.device)
