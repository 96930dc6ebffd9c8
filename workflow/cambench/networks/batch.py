"""What a CAM method sees: some images and their network; every forward pass is counted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import torch

from .asking import of_class
from .attending import Attending
from .differentiating import Differentiating
from .draws import Random
from .elsewhere import at
from .levels import find_levels, outputs_at
from .probe import Probe, Shard
from .scores import as_they_are
from .sending import sent

__all__ = ["Batch", "Random", "sent"]

Make = Callable[[int, int], torch.Tensor]  # rows [start, stop) of a long list of inputs


@dataclass(frozen=True, eq=False)
class Batch(Attending, Differentiating):
    """Some images and the network that is explained on them: all that a method sees.

    - `images`: network inputs, float32 (n, 3, H, W), normalised; `classes`: int64 (n,), to be explained.
    - `seeds`: int64 (n,), one per image; `rows`: int64 (n,), of the images in the manifest.
    - `masked`: whether the images are masked inputs, for which random methods draw anew.
    - `passes`: int32 (n,), forward passes that each image has needed so far. The clean one is counted for each method
      that needs it, also where stage `predictions` has made it for all of them.
    """

    @classmethod
    def of(
        cls, probe: Probe, shard: Shard, start: int, stop: int, masked_images: torch.Tensor | None = None
    ) -> "Batch":
        """Images [start, stop) of a shard, or their masked inputs. Pixels are read once they are asked for."""
        classes = sent(torch.from_numpy(shard.classes[start:stop]), probe.device)
        seeds = np.zeros(stop - start, np.int64) if shard.seeds is None else shard.seeds[start:stop]
        rows = np.arange(shard.first + start, shard.first + stop)
        if masked_images is not None:
            return cls(probe, classes, seeds, rows, True, lambda: masked_images)
        known = [None if of is None else partial(of.__getitem__, slice(start, stop)) for of in shard.known]
        return cls(probe, classes, seeds, rows, False, lambda: probe.prepare(shard.pixels[start:stop]), *known)

    def of_inputs(self, inputs: torch.Tensor, seeds: np.ndarray | None = None) -> "Batch":
        """The same images as other inputs (n, 3, H, W) show them; passes of those are counted here, too.

        **Arguments:** `seeds` int64 (n,) of their random numbers, those of the images by default.
        """
        seeds = self.seeds if seeds is None else seeds
        found = Batch(self.probe, self.classes, seeds, self.rows, self.masked, lambda: inputs)
        object.__setattr__(found, "passes", self.passes)
        return found

    def of_classes(self, classes: torch.Tensor) -> "Batch":
        """The same images, of which other classes, int64 (n,), are to be explained.

        Passes are counted here, too. A clean pass that was made serves both, for no class decides it; what stage
        `channel_scores` made is of the other class, and left out.
        """
        found = Batch(self.probe, classes, self.seeds, self.rows, self.masked, lambda: self.images, self._kept)
        object.__setattr__(found, "passes", self.passes)
        if "_clean" in vars(self):
            vars(found)["_clean"] = self._clean
        return found

    def at(self, layer: str) -> "Batch":
        """The same images with the network open at another layer; passes are counted here, too.

        What other stages have found of the target layer serves none but that. **Raises:** `InputError` if no such
        layer has a map on which the logits depend.
        """
        there = at(self.probe, layer)
        found = Batch(there, self.classes, self.seeds, self.rows, self.masked, lambda: self.images)
        object.__setattr__(found, "passes", self.passes)
        return found

    @property
    def map_shape(self) -> tuple[int, int]:
        """(h, w) of the target layer's output."""
        return self.probe.map_shape

    @property
    def input_shape(self) -> tuple[int, int]:
        """(H, W) of the images."""
        return self.probe.input_shape

    def activations(self) -> torch.Tensor:
        """A, the target layer's output, float32 (n, K, h, w)."""
        return self._clean.maps.detach()

    def probability_in(self, logits: torch.Tensor, owners: torch.Tensor) -> torch.Tensor:
        """Probability of the class in logits (m, classes) of changed inputs or activations, in their dtype (m,).

        **Arguments:** `owners` as in `scores`.
        """
        return of_class(as_they_are(logits, self.probe.score), self.classes[owners])

    def levels(self, layers: Sequence[str] = ()) -> list[torch.Tensor]:
        """Outputs, float32 (n, K, h, w) each, of the last layer of each resolution down to the target layer; one pass.

        **Arguments:** `layers` are others to take, by path. **Raises:** `InputError` if one has no map.
        """
        logits, maps = outputs_at(self.probe, self.images, find_levels(self.probe, layers))
        self.passes.add_(1)
        self._told.append(logits)
        return maps

    def black(self) -> torch.Tensor:
        """What black pixels are in network inputs, float32 (1, 3, 1, 1)."""
        return self.probe.prepare(np.zeros((1, 1, 1, 3), np.uint8))

    def scores(self, make: Make, owners: torch.Tensor) -> torch.Tensor:
        """Logits (m, classes) of m changed inputs, forwarded in full batches whatever image they belong to.

        **Arguments:** `make(start, stop)` returns inputs (stop - start, 3, H, W); `owners` int64 (m,) says to which
        image of the batch each belongs, for the counter.
        """
        with torch.no_grad():
            logits = self.probe.inputs.run(lambda start, stop: self.probe.changed(make(start, stop)), len(owners))
        self._count(owners)
        return logits

    def channel_scores(self, owners: torch.Tensor) -> torch.Tensor | None:
        """What stage `channel_scores` has made of the images, (n, K); None if it was not asked for, or they are masked.

        **Arguments:** `owners` as in `scores`, of the inputs that it forwarded, for the counter.
        """
        if self._scored is None:
            return None
        self._count(owners)
        return sent(torch.from_numpy(self._scored()), self.device)

    def head(self, make: Make, owners: torch.Tensor, prefix: Literal["keep", "zero"] = "keep") -> torch.Tensor:
        """Logits (m, classes) of m changed activations; the head alone is run, and no forward pass counted.

        **Arguments:** `make(start, stop)` returns activations (stop - start, K, h, w); `owners` as in `scores`;
        `prefix` tells whether prefix tokens, such as a transformer's class token, stay the owner's or are zero.
        Where a head needs more than the layer's output (a layer inside a residual block), whole passes are made.
        """
        head, probe, zero = self.probe.head, self.probe, prefix == "zero"
        with torch.no_grad():
            if head is not None:
                return probe.heads.run(
                    lambda start, stop: probe.headed(head, make(start, stop), self._prefix(owners[start:stop], zero)),
                    len(owners),
                )
            logits = probe.inputs.run(
                lambda start, stop: probe.replaced(self.images[owners[start:stop]], make(start, stop), zero),
                len(owners),
            )
        self._count(owners)
        return logits

    def classifier(self) -> torch.Tensor | None:
        """Weight (classes, K) if the head is one linear layer on the global average of A, else None."""
        return self.probe.classifier

    def random(self, seed: int) -> Random:
        """Random numbers of each image's own, which do not depend on the batch that it is in."""
        return Random(self.seeds, self.masked, seed, self.device)

    def _prefix(self, owners: torch.Tensor, zero: bool) -> torch.Tensor | None:
        """Prefix tokens (m, P, K) of the images that m activations belong to, or as many that are zero."""
        kept = self._clean.prefix if self.probe.layout.prefix else None
        if kept is None:
            return None
        return torch.zeros_like(kept[owners]) if zero else kept[owners]
