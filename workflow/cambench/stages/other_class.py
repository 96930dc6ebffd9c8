"""Stage `other_class`: the raw maps of one method on clean images, of another class than the one that is explained.

The images draw the same random numbers as for their own class, so that maps differ by the class alone: a random map, or
one that is the same for all classes, stays what it is.
"""

from collections.abc import Iterator

import numpy as np
import torch

from ..errors import InputError
from ..methods._contract import Method
from ..methods._raw import raw_maps
from ..networks.asking import of_class
from ..networks.batch import Batch
from ..networks.batches import Batches
from ..networks.probe import Probe, Shard

_WHICH = 0x07C1A  # seeds the choice of classes, and no other numbers of an image


def explain_other(
    probe: Probe, method: Method, shard: Shard, shape: tuple[int, int], which: str, classes: int
) -> Iterator[dict[str, np.ndarray]]:
    """Raw maps of another class of each image, as the method returns them, batch by batch.

    **Arguments:** `shard` with the explained classes, and without the scores of their channels; `shape` (h, w) of the
    maps; `which` other class: `random`, drawn for each image from all others, or `second`, that of the highest logit
    among the others, for which the clean image is forwarded once, if the method does not do so; of so many `classes`.
    **Yields:** `raw` float32 (n, h, w) and its `condition` float32 (n,); `other` int64 (n,), the class; `passes` int32
    (n,). **Raises:** `InputError` for maps or conditions of another shape, or if there is no other class.
    """
    if classes < 2:
        raise InputError("the network has one class, and class sensitivity asks for the map of another one")

    def one(start: int, stop: int) -> tuple[torch.Tensor, ...]:
        images = Batch.of(probe, shard, start, stop)
        other = _second(images) if which == "second" else _random(images, classes)
        batch = images.of_classes(other)
        return *raw_maps(method, batch, shape), other, batch.passes

    names = ("raw", "condition", "other", "passes")
    for _, _, found in Batches(method.images_at_once).each(one, len(shard.pixels)):
        yield dict(zip(names, found, strict=True))


def _random(images: Batch, classes: int) -> torch.Tensor:
    """A class of each image's own choice, each other one as likely, int64 (n,)."""
    drawn = (images.random(_WHICH).uniform((1,))[:, 0] * (classes - 1)).long().clamp(max=classes - 2)
    return _skipping(drawn, images.classes)


def _second(images: Batch) -> torch.Tensor:
    """The class of the highest logit among the other classes, int64 (n,)."""
    logits = images.logits()
    places = torch.arange(logits.shape[1] - 1, device=logits.device)
    others = _skipping(places.expand(len(logits), -1), images.classes[:, None])
    return of_class(others, logits.gather(1, others).argmax(1))


def _skipping(places: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """Numbers of classes, from their places among all classes but one."""
    return places + (places >= classes).long()
