"""Stage `masked`: one forward pass of the masked input gives its probability and the second-pass map."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch.nn.functional import interpolate

from .probe import Probe
from .runtime import Batches
from .scaling import masks, scaled


def explain_masked(
    probe: Probe,
    cam: Callable[..., torch.Tensor],
    raw: np.ndarray,
    pixels: np.ndarray,
    classes: np.ndarray,
    seeds: np.ndarray,
    batch: int,
    settings: dict,
    relu: bool,
    masking: dict,
    first: int = 0,
) -> Iterator[dict[str, np.ndarray]]:
    """Mask each image with its map, x * U(S), and look again, batch by batch.

    **Arguments:** `raw` float32 (n, h, w), the maps of the clean images; `pixels` uint8 (n, H, W, 3); `classes` and
    `seeds` int64 (n,); `masking` with `order` and `space` (normalised or pixels); `first` row of the images in
    the manifest.
    **Yields:** `probability` float32 (n,) of the same class; `raw` float32 (n, h, w), the map of the masked input;
    `passes` int32 (n,).
    """
    targets = torch.from_numpy(classes).to(probe.device)

    def one(start: int, stop: int) -> tuple[torch.Tensor, ...]:
        mask = masks_on(probe.device, raw[start:stop], probe.input_shape, relu, masking["order"])
        images = mask_images(probe, pixels[start:stop], mask, masking["space"])
        probe.open(images, seeds[start:stop], draw=1, rows=np.arange(first + start, first + stop))
        second = cam(probe, images, targets[start:stop], **settings)
        probability = probe.probability(images, targets[start:stop])
        # A method may have no map of the masked input (see methods/file.py); its store then holds none.
        second = second.float().expand(stop - start, *raw.shape[1:])
        return probability, second, probe.passes

    for _, _, (probability, second, passes) in Batches(batch).each(one, len(pixels)):
        yield {"probability": probability, "raw": second, "passes": passes}
    probe.close()


def masks_on(device: torch.device, raw: np.ndarray, size: tuple[int, int], relu: bool, order: str) -> torch.Tensor:
    """U(S), float32 (n, H, W) in [0, 1], on a device: what `scaling.masks` gives, to rounding.

    There torch upsamples, because the threads that numpy's products leave waiting slow the network down.
    """
    if order != "scale_then_upsample":
        return torch.from_numpy(masks(raw, size, relu, order)).to(device)
    small = torch.from_numpy(scaled(raw, relu)[0]).to(device, non_blocking=True)
    return interpolate(small[:, None], size, mode="bilinear")[:, 0]


def mask_images(probe: Probe, pixels: np.ndarray, mask: torch.Tensor, space: str) -> torch.Tensor:
    """Masked network inputs, float32 (n, 3, H, W).

    In normalised space a mask of 0 gives 0, the data set's mean colour; in pixel space it gives true black.
    """
    images = probe.prepare(pixels)
    weights = mask[:, None]
    if space == "normalised":
        return images * weights
    black = probe.prepare(np.zeros_like(pixels[:1]))
    return black + (images - black) * weights
