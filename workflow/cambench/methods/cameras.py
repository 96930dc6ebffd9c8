"""CAMERAS: sum_k Ā_k ḡ_k, Ā and ḡ the means of A and g over sizes of the image (Jalwana et al., CVPR 2021).

The image is enlarged bicubically, A and g of each size bilinearly to the image's own. The authors take 224, 324, ...,
924 pixels, whose passes take 7.6 times as long as one of 224; here the shorter side grows by `step` and the longer one
in proportion. All sizes count, as in their code where a class is given. With one size the map is that of HiResCAM, A
and g enlarged before they are multiplied.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from ..errors import InputError
from ._contract import Batch
from ._settings import Range

RESOLUTION = "input"
PASSES = "sizes"
WORK = 7.6
_ELEMENTS = 2**22  # of enlarged channels at a time


def cam(batch: Batch, *, sizes: Annotated[int, Range(1)] = 8, step: Annotated[int, Range(1)] = 100) -> Tensor:
    """Activations times gradients, both seen at several sizes of the image."""
    seen = [batch.gradients(), *(_at(batch, grown * step) for grown in range(1, sizes))]
    n, K = seen[0][0].shape[:2]
    height, width = batch.input_shape
    total = torch.zeros((n, height, width), device=batch.device)
    for some in torch.arange(K).split(max(1, _ELEMENTS // (n * height * width))):
        enlarged = [[interpolate(of[:, some], (height, width), mode="bilinear") for of in pair] for pair in seen]
        A, g = (torch.stack(of).sum(0) for of in zip(*enlarged, strict=True))
        total += (A * g).sum(1)
    return total / sizes**2


def check(network: Mapping[str, Any]) -> str | None:
    """Why a network cannot be explained; whether it takes images of other sizes shows when it is given some."""
    fixed = network["layout"] == "tokens"
    return "needs a network that takes images of several sizes; one that gives tokens takes one" if fixed else None


def _at(batch: Batch, more: int) -> tuple[Tensor, Tensor]:
    """A and g of the images enlarged, the shorter side by some pixels. **Raises:** `InputError` for a fixed size."""
    shorter = min(batch.input_shape)
    size = tuple(round(side * (shorter + more) / shorter) for side in batch.input_shape)
    try:
        return batch.gradients_at(interpolate(batch.images, size, mode="bicubic"))
    except torch.OutOfMemoryError:
        raise
    except (RuntimeError, AssertionError, ValueError) as error:
        said = f"cameras: the network takes no images of {size[0]} x {size[1]} pixels"
        raise InputError(f"{said}: {' '.join(str(error).split())}") from error
