"""What a CAM method is: a file of this folder with one function, `cam(batch, *, settings)`.

`batch` is a `Batch`: the images, their classes, and what may be asked of their network. `cam` returns raw maps, float
(n, h, w), before any ReLU or scaling; or a pair of them and their condition (n,), where the method may magnify the
rounding of the network (see `_condition.py`). Settings are keyword-only arguments with literal defaults. The map of an
image may depend on nothing but the image, its class, the settings and the image's own random numbers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from .. import own
from ..errors import InputError
from ..networks.batch import Batch
from . import facts, images_at_once, load
from ._copies import averaged
from ._fusing import fused
from ._fusion import Fusion, parted
from ._smoothing import Smoothing, split

__all__ = ["Batch", "Method", "bind", "guarded"]


@dataclass(frozen=True)
class Method:
    """What a label of the config stands for: the function of a file with its settings.

    `images_at_once` is how many images are explained together, `smoothing` of which copies of an image a map is the
    mean, `fusion` at which layers the network is opened, and how their maps become one; `relu` whether they take one.
    """

    cam: Callable[..., torch.Tensor | tuple[torch.Tensor, torch.Tensor]]
    settings: Mapping[str, Any]
    images_at_once: int
    smoothing: Smoothing = field(default_factory=Smoothing)
    fusion: Fusion = field(default_factory=Fusion)
    relu: bool = True

    def __call__(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Raw maps, float (n, h, w), of a batch, and their condition, float32 (n,), 0 where the method states none."""
        return fused(self._at_layer, batch, self.fusion, self.relu) if self.fusion.layers else self._at_layer(batch)

    def _at_layer(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        return self._plain(batch) if self.smoothing.count == 1 else averaged(self._plain, batch, self.smoothing)

    def _plain(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        found = self.cam(batch, **self.settings)
        maps, condition = found if isinstance(found, tuple) else (found, torch.zeros(len(batch), device=batch.device))
        return maps, condition.float()


def bind(cam: str, settings: Mapping[str, Any], batch: int) -> Method:
    """The method of the file `cam`; `batch` inputs are forwarded at once. **Raises:** `InputError`."""
    function = guarded(cam, load(cam)) if own.is_own(cam) else load(cam)
    known = facts(cam)
    rest, smoothing = split(settings, known.settings)
    own_settings, fusion = parted(rest, known.settings)
    return Method(function, own_settings, images_at_once(cam, batch, settings), smoothing, fusion, known.relu)


def guarded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A user's own function, whose errors are one line; a lack of memory is what smaller batches cure."""

    def cam(batch: Batch, **settings: Any) -> Any:
        try:
            found = function(batch, **settings)
        except (InputError, torch.OutOfMemoryError):
            raise
        except Exception as error:  # the user's code may raise anything
            raise InputError(f"{name}: cam fails: {own.said(error)}") from error
        if wrong := _wrong(found, len(batch)):
            raise InputError(f"{name}: cam must return float maps (n, h, w) of n images, not {wrong}")
        return found

    return cam


def _wrong(found: Any, images: int) -> str | None:
    """What is returned instead of maps of so many images, or of a pair of them and their condition."""
    maps = found[0] if isinstance(found, tuple) and len(found) == 2 else found
    if not isinstance(maps, torch.Tensor):
        return f"a {type(maps).__name__}"
    if maps.ndim != 3 or len(maps) != images or 0 in maps.shape:
        return f"shape {tuple(maps.shape)} of {images}"
    if maps.requires_grad:
        return "maps that carry a graph of gradients; return them detached"
    return None if maps.is_floating_point() else f"{maps.dtype}"
