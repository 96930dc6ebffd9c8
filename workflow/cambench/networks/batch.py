"""What a CAM method sees: some images and their network; every forward pass is counted."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch

from .probe import Probe, Shard
from .softmax import probability_of

Make = Callable[[int, int], torch.Tensor]  # rows [start, stop) of a long list of inputs


@dataclass(frozen=True, eq=False)
class Batch:
    """Some images and the network that is explained on them: all that a method sees.

    - `images`: network inputs, float32 (n, 3, H, W), normalised; `classes`: int64 (n,), to be explained.
    - `seeds`: int64 (n,), one per image; `rows`: int64 (n,), of the images in the manifest.
    - `masked`: whether the images are masked inputs, for which random methods draw anew.
    - `passes`: int32 (n,), forward passes made so far for each image.

    One forward pass serves everything that is asked about the images themselves. It stops the graph at the target
    layer, so that the backward pass crosses the head alone.
    """

    probe: Probe
    images: torch.Tensor
    classes: torch.Tensor
    seeds: np.ndarray
    rows: np.ndarray
    masked: bool = False
    passes: torch.Tensor = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "passes", torch.zeros(len(self.images), dtype=torch.int32, device=self.images.device))

    @classmethod
    def of(
        cls, probe: Probe, shard: Shard, start: int, stop: int, masked_images: torch.Tensor | None = None
    ) -> "Batch":
        """Images [start, stop) of a shard, or their masked inputs."""
        images = probe.prepare(shard.pixels[start:stop]) if masked_images is None else masked_images
        classes = torch.from_numpy(shard.classes[start:stop]).to(probe.device)
        seeds = np.zeros(stop - start, np.int64) if shard.seeds is None else shard.seeds[start:stop]
        rows = np.arange(shard.first + start, shard.first + stop)
        return cls(probe, images, classes, seeds, rows, masked_images is not None)

    def __len__(self) -> int:
        return len(self.images)

    @property
    def device(self) -> torch.device:
        return self.images.device

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
        return self._clean[1].detach()

    def logits(self) -> torch.Tensor:
        """Logits, float32 (n, classes)."""
        return self._clean[0].detach()

    def probability(self) -> torch.Tensor:
        """Softmax probability of each image's class, float64 (n,)."""
        return probability_of(self.logits(), self.classes)

    def gradients(self) -> tuple[torch.Tensor, torch.Tensor]:
        """A and g = dy/dA, each float32 (n, K, h, w), y the logit of the class."""
        return self._clean[1].detach(), self._gradient

    def gradients_at(self, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """A and g for changed inputs (n, 3, H, W), one per image; one more pass per image."""
        logits, leaf = self.probe.cut(inputs, leaf=True)
        self.passes.add_(1)
        return leaf.detach(), torch.autograd.grad(_of(logits, self.classes).sum(), leaf)[0]

    def scores(self, make: Make, owners: torch.Tensor) -> torch.Tensor:
        """Logits (m, classes) of m changed inputs, forwarded in full batches whatever image they belong to.

        **Arguments:** `make(start, stop)` returns inputs (stop - start, 3, H, W); `owners` int64 (m,) says to which
        image of the batch each belongs, for the counter.
        """
        with torch.no_grad():
            logits = self.probe.inputs.run(lambda start, stop: self.probe.changed(make(start, stop)), len(owners))
        self._count(owners)
        return logits

    def head(self, make: Make, owners: torch.Tensor) -> torch.Tensor:
        """Logits (m, classes) of m changed activations; the head alone is run, and no forward pass counted.

        **Arguments:** `make(start, stop)` returns activations (stop - start, K, h, w); `owners` as in `scores`.
        Where a head needs more than the layer's output (a layer inside a residual block), whole passes are made.
        """
        head, probe = self.probe.head, self.probe
        with torch.no_grad():
            if head is not None:
                return probe.heads.run(lambda start, stop: probe.run(head, make(start, stop)), len(owners))
            logits = probe.inputs.run(
                lambda start, stop: probe.replaced(self.images[owners[start:stop]], make(start, stop)), len(owners)
            )
        self._count(owners)
        return logits

    def classifier(self) -> torch.Tensor | None:
        """Weight (classes, K) if the head is one linear layer on the global average of A, else None."""
        return self.probe.classifier

    def random(self, seed: int) -> "Random":
        """Random numbers of each image's own, which do not depend on the batch that it is in."""
        return Random([_generator(int(image), self.masked, seed) for image in self.seeds], self.device)

    @cached_property
    def _clean(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits and A, the leaf of their graph, of the one pass of the images."""
        self.passes.add_(1)
        return self.probe.cut(self.images, leaf=True)

    @cached_property
    def _gradient(self) -> torch.Tensor:
        logits, leaf = self._clean
        return torch.autograd.grad(_of(logits, self.classes).sum(), leaf)[0]

    def _count(self, owners: torch.Tensor) -> None:
        self.passes.index_add_(0, owners, torch.ones_like(owners, dtype=self.passes.dtype))


class Random:
    """Draws numbers for each image from its own generator; further draws go on where the last one ended."""

    def __init__(self, generators: list[torch.Generator], device: torch.device) -> None:
        self._generators, self._device = generators, device

    def normal(self, shape: tuple[int, ...]) -> torch.Tensor:
        """Standard normal numbers, float32 (n, *shape)."""
        return self._draw(torch.randn, shape)

    def uniform(self, shape: tuple[int, ...]) -> torch.Tensor:
        """Uniform numbers in [0, 1), float32 (n, *shape)."""
        return self._draw(torch.rand, shape)

    def _draw(self, draw: Callable[..., torch.Tensor], shape: tuple[int, ...]) -> torch.Tensor:
        return torch.stack([draw(shape, generator=generator) for generator in self._generators]).to(self._device)


def _generator(image: int, masked: bool, seed: int) -> torch.Generator:
    state = np.random.SeedSequence([image, int(masked), seed]).generate_state(1, np.uint64)
    return torch.Generator().manual_seed(int(state[0]) >> 1)


def _of(scores: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    return scores.gather(1, classes[:, None])[:, 0]
