"""What a CAM method is: a file of this folder with one function, `cam(batch, *, settings)`.

`batch` is a `Batch`: the images, their classes, and what may be asked of their network. `cam` returns raw maps, float
(n, h, w), before any ReLU or scaling; or a pair of them and their condition (n,), where the method may magnify the
rounding of the network (see `_condition.py`). Settings are keyword-only arguments with literal defaults. The map of an
image may depend on nothing but the image, its class, the settings and the image's own random numbers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from ..networks.batch import Batch
from . import images_at_once, load

__all__ = ["Batch", "Method", "bind"]


@dataclass(frozen=True)
class Method:
    """What a label of the config stands for: the function of a file with its settings.

    `images_at_once` is how many images are explained together.
    """

    cam: Callable[..., torch.Tensor | tuple[torch.Tensor, torch.Tensor]]
    settings: Mapping[str, Any]
    images_at_once: int

    def __call__(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Raw maps, float (n, h, w), of a batch, and their condition, float32 (n,), 0 where the method states none."""
        found = self.cam(batch, **self.settings)
        maps, condition = found if isinstance(found, tuple) else (found, torch.zeros(len(batch), device=batch.device))
        return maps, condition.float()


def bind(cam: str, settings: Mapping[str, Any], batch: int) -> Method:
    """The method of the file `cam`; `batch` inputs are forwarded at once. **Raises:** `InputError`."""
    return Method(load(cam), settings, images_at_once(cam, batch))
