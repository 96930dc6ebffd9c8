"""Settings that any method takes: its map is the mean of those of the image's mirror image, or of noisy copies.

Standard library only, so that planning can read settings without importing torch; `_copies.py` does it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ._settings import Range, Setting

SETTINGS = {
    "flips": Setting("flips", "bool", False),
    "noise": Setting("noise", "float", 0.0, range=Range(0)),
    "copies": Setting("copies", "int", 4, range=Range(1)),
}


@dataclass(frozen=True)
class Smoothing:
    """Of which copies of an image a map is the mean.

    `flips`: of the mirror image, too, whose map is mirrored back. `noise`: standard deviation of Gaussian noise, as a
    share of the image's range over pixels and colours; where it is not 0, there are so many noisy `copies`, and the
    image itself is none of them.
    """

    flips: bool = False
    noise: float = 0.0
    copies: int = 4

    @property
    def count(self) -> int:
        """How many images a method explains for one."""
        return (self.copies if self.noise else 1) * (2 if self.flips else 1)


def split(settings: Mapping[str, Any], own: Mapping[str, Setting]) -> tuple[dict[str, Any], Smoothing]:
    """The settings that a method takes itself, and the others; `own` are those that its file declares."""
    common = {name: value for name, value in settings.items() if name in SETTINGS and name not in own}
    return {name: value for name, value in settings.items() if name not in common}, Smoothing(**common)
