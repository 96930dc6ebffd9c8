"""What every question about a batch rests on: images and classes, their one clean pass, the counter of passes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch

from .probe import Cut, Probe
from .scores import probability_of


@dataclass(frozen=True, eq=False)
class Asking:
    """Some images and the network that is explained on them; `Batch` describes the fields.

    One forward pass serves everything that is asked about the images themselves. It stops the graph at the target
    layer, so that the backward pass crosses the head alone. Where another pass of the images shows their logits,
    those serve `logits` and `probability`, and no clean pass is needed.
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
    _told: list[torch.Tensor] = field(init=False, default_factory=list)  # logits that other passes have shown

    def __post_init__(self) -> None:
        passes = torch.zeros(len(self.classes), dtype=torch.int32, device=self.classes.device)
        object.__setattr__(self, "passes", passes)

    def __len__(self) -> int:
        return len(self.classes)

    @property
    def device(self) -> torch.device:
        return self.classes.device

    @cached_property
    def images(self) -> torch.Tensor:
        """Network inputs, float32 (n, 3, H, W), normalised."""
        return self._prepare()

    def logits(self) -> torch.Tensor:
        """Logits, float32 (n, classes)."""
        return self._told[0] if self._told else self._clean.logits.detach()

    def probability(self) -> torch.Tensor:
        """Probability of each image's class, float64 (n,): softmax or sigmoid, as the network's `score` says."""
        return probability_of(self.logits(), self.classes, self.probe.score)

    def learn(self, other: "Asking") -> None:
        """Take the logits of the same images from passes of another batch, if that has made any."""
        if other._told or "_clean" in vars(other):
            self._told.append(other.logits())

    @cached_property
    def _clean(self) -> Cut:
        return self._cut()

    def _cut(self) -> Cut:
        """What a pass of the images gives; A is the leaf of the logits' graph."""
        self.passes.add_(1)
        if self._kept is None or self.probe.head is None:
            return self.probe.opened(self.images, leaf=True)
        return self.probe.resumed(self.probe.head, self._kept())

    def _count(self, owners: torch.Tensor) -> None:
        self.passes.index_add_(0, owners, torch.ones_like(owners, dtype=self.passes.dtype))


def of_class(scores: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """Of scores (n, classes) those of each row's class, (n,)."""
    return scores.gather(1, classes[:, None])[:, 0]
