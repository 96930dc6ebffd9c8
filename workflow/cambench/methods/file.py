"""Precomputed maps, read from a .npy file or a Zarr array.

Maps must say of which images they are. `names` is a text file with one path per map, as the manifest lists it; maps
are then found by name. Without it, map i is of image i of the manifest, and `manifest` must be the digest of that list
of images, which the error says where it is missing. Where the images have changed since, the maps are refused.
"""

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
    listed: str = "",
) -> Tensor:
    """Maps of the clean images from `path`, and of the masked ones from `masked`; without those, none (NaN).

    `listed` is the path of the run's manifest.parquet, which the workflow gives.
    """
    source = masked if batch.masked else path
    if not source:
        return torch.full((len(batch), 1, 1), torch.nan)
    return torch.from_numpy(read(source, batch.rows, listed, names, manifest)).to(batch.device)
