"""Stage `perturbations`: what the class loses where parts of an image are removed, whatever any map says of them.

Cells of a grid are removed one by one, and random subsets of the places of another grid. Subsets are drawn from the
image's own numbers, so they are the same for all methods and all networks.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from ..errors import InputError
from ..grid import place_of
from ..networks.asking import of_class
from ..networks.batch import Batch, sent
from ..networks.batches import Batches
from ..networks.probe import Probe, Shard
from ..networks.scores import home, probability_of
from ..store.reader import Rows

_SUBSETS = 0x5B5E7  # seeds the subsets, and no other numbers of an image


@dataclass(frozen=True)
class Perturbing:
    """What is removed.

    `cells` and `grid` are numbers along a side: of the cells that are removed one by one, and of the places of which
    `subsets` are removed, each a `share` of them. With no cells or no subsets, there is nothing of that kind.
    """

    cells: int
    subsets: int
    grid: int
    share: float

    @property
    def each(self) -> int:
        """Places in a subset: the share, rounded, but at least one of them, and never all."""
        places = self.grid**2
        return min(max(1, int(self.share * places + 0.5)), places - 1)

    @property
    def parts(self) -> int:
        """How many cells the image is cut into; it is whole where none is removed."""
        return max(1, self.cells) ** 2

    @property
    def per_image(self) -> int:
        """Inputs of an image. Where cells are removed, the image itself is one, for its logit is stored nowhere."""
        return bool(self.cells) + self.cells**2 + self.subsets


def perturb(
    probe: Probe, shard: Shard, probability: Rows, settings: Perturbing, batch: int
) -> Iterator[dict[str, np.ndarray]]:
    """Remove parts of images, and forward them: what is removed is 0, the mean colour, in normalised space.

    **Arguments:** `probability` float64 (n,), of the classes on the clean images; `batch` inputs forwarded at once;
    seeds of the shard are needed for subsets.
    **Yields:** `cells` float64 (n, cells), how far the class's logit falls without each cell, in reading order;
    `subsets` float64 (n, subsets), how far its probability falls; `removed` uint8 (n, subsets, places), 1 where a
    subset removes a place; `passes` int32 (n,). **Raises:** `InputError` for a grid that is finer than the pixels.
    """
    _check(settings, probe.input_shape)
    parts, first = _parts(probe, settings), settings.per_image - settings.subsets

    def one(start: int, stop: int) -> tuple[torch.Tensor, ...]:
        images = Batch.of(probe, shard, start, stop)
        subsets = _subsets(images, settings)
        y, q = _forward(images, _removed(subsets, settings), parts)
        p = sent(torch.from_numpy(probability[start:stop]), q.device)
        return y[:, :1] - y[:, 1:first], p[:, None] - q[:, first:], subsets.byte(), images.passes

    at_once = max(1, 8 * batch // settings.per_image)  # images whose inputs fill eight batches, or nearly
    for _, _, (cells, subsets, removed, passes) in Batches(at_once).each(one, len(shard.pixels)):
        yield {"cells": cells, "subsets": subsets, "removed": removed, "passes": passes}


def _check(settings: Perturbing, size: tuple[int, int]) -> None:
    asked = {"cells": settings.cells, "grid": settings.grid if settings.subsets else 0}
    for key, places in asked.items():
        if places > min(size):
            raise InputError(f"perturbations.{key}: {places} along a side do not fit an input of {size[0]} x {size[1]}")


def _subsets(images: Batch, settings: Perturbing) -> torch.Tensor:
    """Which places each subset removes, bool (n, subsets, places): as many each, and any of them alike probable."""
    shape = settings.subsets, settings.grid**2
    drawn = images.random(_SUBSETS).uniform(shape).argsort(dim=2, stable=True)[:, :, : settings.each]
    return torch.zeros((len(images), *shape), dtype=torch.bool, device=images.device).scatter_(2, drawn, True)


def _forward(
    images: Batch, removed: torch.Tensor, parts: tuple[torch.Tensor, torch.Tensor]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Logit and probability of the class, float64 (n, inputs) each, in full batches whatever image an input is of.

    **Arguments:** `removed` bool (n, inputs, parts); `parts` int64 (H, W), which two of them each pixel belongs to.
    """
    owners = torch.arange(len(images), device=images.device).repeat_interleave(removed.shape[1])
    rows = removed.flatten(0, 1)

    def make(start: int, stop: int) -> torch.Tensor:
        hidden = rows[start:stop, parts[0]] | rows[start:stop, parts[1]]
        return images.images[owners[start:stop]].masked_fill(hidden[:, None], 0)

    logits, classes = images.scores(make, owners), images.classes[owners]
    y = of_class(logits, classes).to(home(images.device)).double()
    q = probability_of(logits, classes, images.probe.score)
    return y.view(len(images), -1), q.view(len(images), -1)


def _parts(probe: Probe, settings: Perturbing) -> tuple[torch.Tensor, torch.Tensor]:
    """The cell and the place that each pixel belongs to, int64 (H, W); places are numbered after the cells."""
    cells, places = (place_of(probe.input_shape, grid) for grid in (max(1, settings.cells), settings.grid))
    return sent(torch.from_numpy(cells), probe.device), sent(torch.from_numpy(places + settings.parts), probe.device)


def _removed(subsets: torch.Tensor, settings: Perturbing) -> torch.Tensor:
    """Which cells and places each input lacks, bool (n, inputs, parts): none, one cell each, the places of subsets."""
    parts, first = settings.parts, settings.per_image - settings.subsets
    found = subsets.new_zeros((len(subsets), settings.per_image, parts + subsets.shape[2]))
    if settings.cells:
        found[:, 1:first, :parts] = torch.eye(parts, dtype=torch.bool, device=subsets.device)
    found[:, first:, parts:] = subsets
    return found
