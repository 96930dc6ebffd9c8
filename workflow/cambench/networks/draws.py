"""Random numbers of each image's own, in whatever batch it is."""

from collections.abc import Callable, Iterable

import numpy as np
import torch

from .sending import sent


class Random:
    """Draws numbers for each image from its own generator; further draws go on where the last one ended."""

    def __init__(self, images: Iterable[int], masked: bool, seed: int, device: torch.device) -> None:
        """`images` are numbers that tell images apart; `masked` inputs have others than clean ones."""
        self._generators, self._device = [_generator(int(image), masked, seed) for image in images], device

    def normal(self, shape: tuple[int, ...]) -> torch.Tensor:
        """Standard normal numbers, float32 (n, *shape)."""
        return self._draw(torch.randn, shape)

    def uniform(self, shape: tuple[int, ...]) -> torch.Tensor:
        """Uniform numbers in [0, 1), float32 (n, *shape)."""
        return self._draw(torch.rand, shape)

    def _draw(self, draw: Callable[..., torch.Tensor], shape: tuple[int, ...]) -> torch.Tensor:
        return sent(torch.stack([draw(shape, generator=generator) for generator in self._generators]), self._device)


def _generator(image: int, masked: bool, seed: int) -> torch.Generator:
    state = np.random.SeedSequence([image, int(masked), seed]).generate_state(1, np.uint64)
    return torch.Generator().manual_seed(int(state[0]) >> 1)
