"""What an estimate is made from: seconds and forward passes of one image, of every stage that runs a network."""

from dataclasses import dataclass, field
from typing import NamedTuple


class Cost(NamedTuple):
    """Seconds and forward passes per image."""

    seconds: float
    passes: float


@dataclass(frozen=True)
class Timing:
    """What one network takes: `open` seconds to open it, and the cost of its stages.

    `images` names the store of its images, which networks that resize and crop alike share; `map` (h, w), `input`
    (H, W), `channels` of the target layer. `keeps` says whether stage `predictions` keeps that layer's output, and
    `scores` is the cost of stage `channel_scores`, None if the run has none. `counted`: nothing was run, and `device`
    says where the speed is known from. `further` are stages of the network that only a metric asks for, by name.
    """

    images: str
    map: tuple[int, int]
    input: tuple[int, int]
    channels: int
    device: str
    open: float
    predictions: Cost
    curves: Cost | None
    methods: dict[str, dict[str, Cost]]  # by label and stage
    keeps: bool = False
    scores: Cost | None = None
    counted: bool = False
    further: dict[str, Cost] = field(default_factory=dict)

    @property
    def kept(self) -> tuple[int, int, int]:
        """Shape of what is kept of an image's activations."""
        return (self.channels, *self.map) if self.keeps else (0, *self.map)
