"""Images of one colour, and a network whose classes are colours, so that mosaics have maps in closed form."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn

COLOURS = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]])  # red, green, blue, white
SIDE, MARGIN = 32, 8  # in pixels; around the square it is black


class Colours(nn.Module):
    """Means of 4 x 4 pixels, how red, green, blue or white they are (the target layer), global pooling, linear."""

    def __init__(self, sharpness: float = 200) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 3, 4, stride=4, groups=3, bias=False)
        self.colours, self.relu = nn.Conv2d(3, 4, 1), nn.ReLU()
        self.fc = nn.Linear(4, 4, bias=False)
        with torch.no_grad():
            self.stem.weight.fill_(1 / 16)
            self.colours.weight.copy_(
                torch.tensor([[1.0, -1, -1], [-1, 1, -1], [-1, -1, 1], [1, 1, 1]])[..., None, None]
            )
            self.colours.bias.copy_(torch.tensor([0.0, 0, 0, -1.5]))
            self.fc.weight.copy_(sharpness * torch.eye(4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(self.relu(self.colours(self.stem(x))).mean((2, 3)))


def write(folder: Path, each: int = 3) -> None:
    """Squares of each colour, no two alike, with the class in the name of the file."""
    folder.mkdir()
    for number in range(each):
        for label, colour in enumerate(COLOURS):
            pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
            pixels[MARGIN:-MARGIN, MARGIN:-MARGIN] = (255 - number) * colour
            Image.fromarray(pixels).save(folder / f"{number}_{label}.png")
