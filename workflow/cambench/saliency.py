"""Stage `saliency`: the raw maps of one method on clean images."""

from collections.abc import Callable, Iterator

import numpy as np
import torch

from .errors import InputError
from .probe import Probe
from .runtime import Batches


def explain(
    probe: Probe,
    cam: Callable[..., torch.Tensor],
    pixels: np.ndarray,
    classes: np.ndarray,
    seeds: np.ndarray,
    batch: int,
    settings: dict,
    shape: tuple[int, int],
    first: int = 0,
) -> Iterator[dict[str, np.ndarray]]:
    """Raw maps of images, as the method returns them, batch by batch.

    **Arguments:** `pixels` uint8 (n, H, W, 3); `classes` and `seeds` int64 (n,); `shape` (h, w) of the maps;
    `first` row of the images in the manifest.
    **Yields:** `raw` float32 (n, h, w); `passes` int32 (n,), forward passes made. **Raises:** `InputError` for maps of
    another shape.
    """
    targets = torch.from_numpy(classes).to(probe.device)

    def one(start: int, stop: int) -> tuple[torch.Tensor, ...]:
        images = probe.prepare(pixels[start:stop])
        probe.open(images, seeds[start:stop], rows=np.arange(first + start, first + stop))
        raw = cam(probe, images, targets[start:stop], **settings)
        if raw.shape != (stop - start, *shape):
            raise InputError(f"method returned maps of shape {tuple(raw.shape)}, not {(stop - start, *shape)}")
        return raw.float(), probe.passes

    for _, _, (raw, passes) in Batches(batch).each(one, len(pixels)):
        yield {"raw": raw, "passes": passes}
    probe.close()
