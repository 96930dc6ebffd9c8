"""What a CAM method sees: some images and their network; every forward pass is counted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Literal

import numpy as np
import torch
from torch import nn

from ..errors import InputError
from .attention import Attended, attend, gradients, read_out
from .draws import Random
from .probe import Cut, Probe, Shard
from .scores import as_they_are, probability_of
from .sending import sent

__all__ = ["Batch", "Random", "sent"]

Make = Callable[[int, int], torch.Tensor]  # rows [start, stop) of a long list of inputs


@dataclass(frozen=True, eq=False)
class Batch:
    """Some images and the network that is explained on them: all that a method sees.

    - `images`: network inputs, float32 (n, 3, H, W), normalised; `classes`: int64 (n,), to be explained.
    - `seeds`: int64 (n,), one per image; `rows`: int64 (n,), of the images in the manifest.
    - `masked`: whether the images are masked inputs, for which random methods draw anew.
    - `passes`: int32 (n,), forward passes that each image has needed so far. The clean one is counted for each method
      that needs it, also where stage `predictions` has made it for all of them.

    One forward pass serves everything that is asked about the images themselves. It stops the graph at the target
    layer, so that the backward pass crosses the head alone.
    """

    probe: Probe
    classes: torch.Tensor
    seeds: np.ndarray
    rows: np.ndarray
    masked: bool
    passes: torch.Tensor = field(init=False)
    _prepare: Callable[[], torch.Tensor]
    _kept: Callable[[], np.ndarray] | None = None  # activations of the clean images, if they are kept
    _scored: Callable[[], np.ndarray] | None = None  # and scores of their channels
    _attended: list[torch.Tensor] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        passes = torch.zeros(len(self.classes), dtype=torch.int32, device=self.classes.device)
        object.__setattr__(self, "passes", passes)

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

    def __len__(self) -> int:
        return len(self.classes)

    @property
    def device(self) -> torch.device:
        return self.classes.device

    @cached_property
    def images(self) -> torch.Tensor:
        """Network inputs, float32 (n, 3, H, W), normalised."""
        return self._prepare()

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

    def random(self, seed: int) -> Random:
        """Random numbers of each image's own, which do not depend on the batch that it is in."""
        return Random(self.seeds, self.masked, seed, self.device)

    @cached_property
    def _clean(self) -> Cut:
        """What the one pass of the images gives; A is the leaf of the logits' graph."""
        self.passes.add_(1)
        if self._kept is None or self.probe.head is None:
            return self.probe.opened(self.images, leaf=True)
        return self.probe.resumed(self.probe.head, self._kept())

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


def _of(scores: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    return scores.gather(1, classes[:, None])[:, 0]
