"""Precomputed maps, read from a .npy file or a Zarr array in the order of the manifest."""

import torch
from torch import Tensor

from ..images.precomputed import read
from ._contract import Batch

RESOLUTION = "file"


def cam(
    batch: Batch,
    *,
    path: str = "",
    masked: str = "",
    names: str = "",
    manifest: str = "",
) -> Tensor:
    """Maps of the clean images from `path`, and of the masked ones from `masked`; without those, none (NaN)."""
    source = masked if batch.masked else path
    if not source:
        return torch.full((len(batch), 1, 1), torch.nan)
    return torch.from_numpy(read(source, batch.rows, manifest, names)).to(batch.device)
