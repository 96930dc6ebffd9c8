"""What a CAM method sees: some images and their network; every forward pass is counted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from torch import nn

from ..errors import InputError
from .attention import Attended, attend, gradients, read_out
from .probe import Cut, Probe, Shard
from .scores import as_they_are, probability_of

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
    _attended: list[torch.Tensor] = field(init=False, default_factory=list)

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
        return self._attended[0] if self._attended else self._clean[0].detach()

    def probability(self) -> torch.Tensor:
        """Probability of each image's class, float64 (n,): softmax or sigmoid, as the network's `score` says."""
        return probability_of(self.logits(), self.classes, self.probe.score)

    def probability_in(self, logits: torch.Tensor, owners: torch.Tensor) -> torch.Tensor:
        """The same in logits (m, classes) of changed inputs or activations, in their dtype (m,); `owners` as there."""
        return _of(as_they_are(logits, self.probe.score), self.classes[owners])

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

    def attention(self, start: int = 0) -> list[torch.Tensor]:
        """Attention of the blocks from `start` on after its softmax, float32 (n, heads, T, T); one pass."""
        return [weights.float() for weights in self._attend(start).weights]

    def attention_gradients(self, start: int = 0) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """The same, and dy/d(attention), float32 (n, heads, T, T); one pass."""
        seen = self._attend(start, graph=True)
        found = torch.autograd.grad(_of(seen.logits, self.classes).sum(), seen.weights)
        return [item.detach().float() for item in seen.weights], [item.float() for item in found]

    def read_out_gradients(self, start: int) -> list[torch.Tensor]:
        """Gradient of the class's logit with respect to attention, if each block from `start` on were the last one.

        The logit is that of the mean of all tokens of the block's output. Float32 (n, heads, T, T); one pass.
        """
        seen = self._attend(start, self.probe.blocks.modules[start:], graph=True)
        return gradients([self._read_out(tokens) for tokens in seen.outputs], seen.weights)

    def queried(self, attention: torch.Tensor) -> torch.Tensor:
        """The class token's row of attention (..., T, T), or the mean of those of all tokens that are pooled."""
        rows = self.probe.blocks.rows
        return (attention[..., rows, :] if rows else attention).mean(-2)

    def places(self, tokens: torch.Tensor) -> torch.Tensor:
        """Values (n, T) of tokens as a map (n, h, w), without those of the prefix."""
        return tokens[:, self.probe.layout.prefix :].unflatten(1, self.map_shape)

    def classifier(self) -> torch.Tensor | None:
        """Weight (classes, K) if the head is one linear layer on the global average of A, else None."""
        return self.probe.classifier

    def random(self, seed: int) -> "Random":
        """Random numbers of each image's own, which do not depend on the batch that it is in."""
        return Random([_generator(int(image), self.masked, seed) for image in self.seeds], self.device)

    @cached_property
    def _clean(self) -> Cut:
        """What the one pass of the images gives; A is the leaf of the logits' graph."""
        self.passes.add_(1)
        return self.probe.opened(self.images, leaf=True)

    @cached_property
    def _gradient(self) -> torch.Tensor:
        logits, leaf, _ = self._clean
        return torch.autograd.grad(_of(logits, self.classes).sum(), leaf)[0]

    def _attend(self, start: int, blocks: Sequence[nn.Module] = (), graph: bool = False) -> Attended:
        """A pass that notes attention; its logits serve `logits`, so that no other pass is needed."""
        if refusal := self.probe.blocks.refusal:
            raise InputError(f"the method {refusal}")
        self.passes.add_(1)
        first = range(len(self.probe.blocks))[start]
        seen = attend(lambda: self.probe.run(self.probe.network, self.images), blocks, first, graph)
        self._attended.append(seen.logits.detach())
        return seen

    def _read_out(self, tokens: torch.Tensor) -> torch.Tensor:
        mean = tokens.mean(1, keepdim=True).expand_as(tokens)
        network, blocks = self.probe.network, self.probe.blocks.modules
        logits = self.probe.run(lambda images: read_out(network, blocks, images, mean), self.images)
        return _of(logits, self.classes).sum()

    def _prefix(self, owners: torch.Tensor, zero: bool) -> torch.Tensor | None:
        """Prefix tokens (m, P, K) of the images that m activations belong to, or as many that are zero."""
        kept = self._clean.prefix if self.probe.layout.prefix else None
        if kept is None:
            return None
        return torch.zeros_like(kept[owners]) if zero else kept[owners]

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
