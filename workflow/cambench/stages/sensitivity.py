"""Stage `sensitivity`: how far the map of an image moves when a little noise is put on the image.

A copy is another image, so it has random numbers of its own, as the masked image has in stage `masked`: a random map is
drawn anew for each, and what a method's own sampling adds to the change counts.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

from ..masks import Masking, masks_on
from ..methods._contract import Method
from ..methods._raw import raw_maps
from ..networks.batch import Batch
from ..networks.batches import Batches
from ..networks.probe import Probe, Shard
from ..networks.scores import home
from ..store.reader import Rows

_NOISE = 0x5E4517  # seeds the noise, and with the number of a copy its own random numbers


@dataclass(frozen=True)
class Copies:
    """How many noisy `copies` of an image are explained, the `radius` of the noise, and how many `images` of the run.

    These are the first rows of the manifest, which stay the first ones when a sample grows.
    """

    copies: int
    radius: float
    images: int


def measure(
    opened: Callable[[], Probe], method: Method, shard: Shard, raw: Rows, masking: Masking, settings: Copies
) -> Iterator[dict[str, np.ndarray]]:
    """How far the masks of noisy copies lie from that of the image, batch by batch (Yeh et al., NeurIPS 2019).

    The noise is uniform in [-radius, radius] on every value of the normalised input, and drawn for each image, the same
    for all methods and networks of one preprocessing.

    **Arguments:** `opened` gives the network, which is opened only where an image is to be measured; `shard` with
    seeds, and the row of its first image; `raw` float32 (n, h, w), the maps of the images themselves.
    **Yields:** `change` float64 (n, copies): the norm of the difference of both U(S) over that of the image's own; 1
    where that is 0, because the map is constant or not finite; NaN for images that are not among the first; `passes`
    int32 (n,). **Raises:** `InputError` for maps of another shape.
    """
    asked = min(max(0, settings.images - shard.first), len(shard.pixels))
    if asked:
        yield from _measured(opened(), method, shard, raw, masking, settings, asked)
    if rest := len(shard.pixels) - asked:
        yield {"change": np.full((rest, settings.copies), np.nan), "passes": np.zeros(rest, np.int32)}


def _measured(
    probe: Probe, method: Method, shard: Shard, raw: Rows, masking: Masking, settings: Copies, asked: int
) -> Iterator[dict[str, np.ndarray]]:
    """The same of the first `asked` images of a shard."""
    shape = (raw.shape[1], raw.shape[2])

    def one(start: int, stop: int) -> tuple[torch.Tensor, ...]:
        images = Batch.of(probe, shard, start, stop)
        own, changes = masks_on(probe.device, raw[start:stop], probe.input_shape, masking), []
        for copy in _copies(images, settings):
            maps = raw_maps(method, copy, shape)[0].cpu().numpy()
            changes.append(_change(own, masks_on(probe.device, maps, probe.input_shape, masking)))
        return torch.stack(changes, 1), images.passes

    for _, _, (change, passes) in Batches(method.images_at_once).each(one, asked):
        yield {"change": change, "passes": passes}


def _copies(images: Batch, settings: Copies) -> Iterator[Batch]:
    """Noisy copies of all images of a batch, one of each after the other."""
    noise, shape = images.random(_NOISE), tuple(images.images.shape[1:])
    for number in range(settings.copies):
        moved = settings.radius * (2 * noise.uniform(shape) - 1)
        yield images.of_inputs(images.images + moved, _seeds(images.seeds, number))


def _seeds(seeds: np.ndarray, copy: int) -> np.ndarray:
    """Seeds int64 (n,) of one copy of each image."""
    states = [np.random.SeedSequence([int(seed), copy, _NOISE]).generate_state(1, np.uint64)[0] for seed in seeds]
    return (np.array(states, np.uint64) >> np.uint64(1)).astype(np.int64)


def _change(own: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Relative distance of masks (n, H, W), float64 (n,)."""
    own, other = (masks.to(home(masks.device)).double().flatten(1) for masks in (own, other))
    size = own.norm(dim=1)
    return torch.where(size > 0, (other - own).norm(dim=1) / size, 1)
