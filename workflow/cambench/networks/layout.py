"""How a layer's output lies in memory, and how to take the map out of it and put one back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch

Kind = Literal["nchw", "nhwc", "tokens"]
_SHAPES = {
    "nchw": "maps (n, K, h, w)",
    "nhwc": "maps with the channels last (n, h, w, K)",
    "tokens": "tokens (n, T, K)",
}


@dataclass(frozen=True)
class Layout:
    """What the dimensions of a layer's output mean.

    `nchw` is (n, K, h, w), `nhwc` (n, h, w, K), `tokens` (n, T, K): `prefix` tokens that belong to no place in the
    image, such as the class token, then those of `grid` (h, w), row by row.
    """

    kind: Kind = "nchw"
    prefix: int = 0
    grid: tuple[int, int] | None = None

    def split(self, output: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        """The map (n, K, h, w) and the prefix (n, P, K), or None if there is none; both are views of the output."""
        if self.kind == "nchw":
            return output, None
        if self.kind == "nhwc":
            return output.permute(0, 3, 1, 2), None
        places = output[:, self.prefix :].transpose(1, 2).unflatten(2, self._sides())
        return places, output[:, : self.prefix] if self.prefix else None

    def join(self, maps: torch.Tensor, prefix: torch.Tensor | None = None) -> torch.Tensor:
        """A layer's output with this map (n, K, h, w) and prefix (n, P, K), of the map's dtype."""
        if self.kind == "nchw":
            return maps
        if self.kind == "nhwc":
            return maps.permute(0, 2, 3, 1)
        places = maps.flatten(2).transpose(1, 2)
        return places if prefix is None else torch.cat([prefix.to(places.dtype), places], 1)

    def objection(self, shape: Sequence[int]) -> str | None:
        """Why an output of this shape does not lie so, as the rest of a sentence about the layer; None if it does."""
        if len(shape) != (3 if self.kind == "tokens" else 4):
            return f"gives an output {written(shape)}, not {_SHAPES[self.kind]}"
        if self.kind == "tokens":
            h, w = self._sides()
            if shape[1] != self.prefix + h * w:
                return (
                    f"gives {shape[1]} tokens, not {self.prefix} + {h} x {w} = {self.prefix + h * w} of prefix and grid"
                )
        return "has a map of 1 x 1" if self.sides(shape) == (1, 1) else None

    def sides(self, shape: Sequence[int]) -> tuple[int, int]:
        """h and w of the map in an output of this shape."""
        if self.kind == "tokens":
            return self._sides()
        h, w = shape[2:] if self.kind == "nchw" else shape[1:3]
        return h, w

    def __str__(self) -> str:
        """How the output lies, as a part of a sentence: `tokens, 1 + 14 x 14` or `maps (n, K, h, w)`."""
        if self.kind != "tokens":
            return _SHAPES[self.kind]
        h, w = self._sides()
        return f"tokens, {self.prefix} + {h} x {w}"

    def _sides(self) -> tuple[int, int]:
        if self.grid is None:
            raise ValueError("tokens have a grid")
        return self.grid


def declared(settings: Mapping[str, Any]) -> Layout | None:
    """The layout that a network's block of the config declares with `layout` or `tokens`, or None."""
    if tokens := settings.get("tokens"):
        h, w = tokens["grid"]
        return Layout("tokens", tokens["prefix"], (h, w))
    return Layout(settings["layout"]) if settings.get("layout") else None


def alike(sides: Sequence[int], shape: Sequence[int]) -> bool:
    """Whether a map (h, w) has the aspect of an input (H, W): one stride gives both sides, rounded up or down."""
    if shape[0] == shape[1]:
        return sides[0] == sides[1]
    least = max(pixels / (side + 1) for side, pixels in zip(sides, shape, strict=True))
    most = min(pixels / (side - 1) if side > 1 else float("inf") for side, pixels in zip(sides, shape, strict=True))
    return least < most


def written(shape: Sequence[int]) -> str:
    """Shape of an output, whatever the number of images."""
    return f"(n, {', '.join(map(str, shape[1:]))})"
