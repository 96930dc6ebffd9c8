"""What a CAM method is, and what it may ask of the network it explains."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import torch


class ProbeLike(Protocol):
    """The part of `probe.Probe` that methods use; each member is described there."""

    map_shape: tuple[int, int]
    input_shape: tuple[int, int]
    device: torch.device
    rows: np.ndarray
    draw: int

    def activations(self, images: torch.Tensor) -> torch.Tensor: ...
    def logits(self, images: torch.Tensor) -> torch.Tensor: ...
    def probability(self, images: torch.Tensor, classes: torch.Tensor) -> torch.Tensor: ...
    def gradients(self, images: torch.Tensor, classes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]: ...
    def gradients_at(self, inputs: torch.Tensor, classes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]: ...
    def scores(self, make: Callable[[int, int], torch.Tensor], owners: torch.Tensor) -> torch.Tensor: ...
    def head(self, make: Callable[[int, int], torch.Tensor], owners: torch.Tensor) -> torch.Tensor: ...
    def normal(self, shape: tuple[int, ...], seed: int) -> torch.Tensor: ...
    def uniform(self, shape: tuple[int, ...], seed: int) -> torch.Tensor: ...
    def classifier(self) -> torch.Tensor | None: ...


class Method(Protocol):
    """The function `cam` of a file in `methods/`."""

    def __call__(self, probe: ProbeLike, images: torch.Tensor, classes: torch.Tensor, **settings: Any) -> torch.Tensor:
        """Raw maps, float (n, h, w), before any ReLU or scaling.

        **Arguments:** `images` float32 (n, 3, H, W), normalised; `classes` int64 (n,), the class to explain.
        Settings are keyword-only arguments with literal defaults. The map of an image may depend on nothing but the
        image, its class, the settings and the image's own random numbers.
        """
        ...
