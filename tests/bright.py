"""A data set and a network whose localisation is known: a bright square on black, and a linear classifier of light."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn

HEIGHT, WIDTH, SIDE = 32, 48, 32  # of an image and of its crop, which leaves out eight pixels at the left and right
PREPROCESSING = {"resize": SIDE, "crop": SIDE, "interpolation": "bilinear", "mean": [0.0] * 3, "std": [1.0] * 3}
BORDER = (WIDTH - SIDE) // 2
SQUARES = ((12, 4, 24, 16), (30, 10, 38, 30), (4, 8, 16, 20), (26, 0, 48, 8))  # left, top, right, bottom
MODES = ("1", "L", "P", "P")  # of the masks' files
OBJECT = (1, 255, 1, 20)  # what their pixels of the object are


class Bright(nn.Module):
    """Light and dark of each pixel (the target layer), in [0, 1]; classes 0 and 1 are four times their means."""

    def __init__(self) -> None:
        super().__init__()
        self.seen, self.relu, self.fc = nn.Conv2d(3, 2, 1), nn.ReLU(), nn.Linear(2, 2, bias=False)
        with torch.no_grad():
            self.seen.weight.copy_(torch.tensor([[1.0], [-1.0]])[..., None, None].expand(2, 3, 1, 1) / 3)
            self.seen.bias.copy_(torch.tensor([0.0, 1.0]))
            self.fc.weight.copy_(4 * torch.eye(2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(self.relu(self.seen(x)).mean((2, 3)))


def write(folder: Path) -> None:
    """Each square twice, labelled light and dark: `photos`, `boxes.csv`, and `masks` of several kinds of PNG."""
    (folder / "photos").mkdir()
    (folder / "masks").mkdir()
    rows = ["path,left,top,right,bottom"]
    for label in (0, 1):
        for number, square in enumerate(SQUARES):
            name = f"{len(SQUARES) * label + number:03d}_{label}"
            Image.fromarray(pixels(square, 255)).convert("RGB").save(folder / "photos" / f"{name}.png")
            mask(number).save(folder / "masks" / f"{name}.png")
            rows.append(f"{name}.png,{','.join(map(str, square))}")
    (folder / "boxes.csv").write_text("\n".join(rows))


def pixels(square: tuple[int, int, int, int], value: int) -> np.ndarray:
    """A square of that value on 0, uint8 (HEIGHT, WIDTH)."""
    left, top, right, bottom = square
    found = np.zeros((HEIGHT, WIDTH), np.uint8)
    found[top:bottom, left:right] = value
    return found


def mask(number: int) -> Image.Image:
    """The mask of a square, in the mode of its file."""
    found = pixels(SQUARES[number], OBJECT[number])
    if MODES[number] == "1":
        return Image.fromarray(found > 0)
    image = Image.fromarray(found)
    if MODES[number] == "P":
        image.putpalette([128] * 768)  # the colours say nothing
    return image


def crop(number: int) -> np.ndarray:
    """Pixels of a square in the crop, bool (SIDE, SIDE)."""
    return pixels(SQUARES[number], 1)[:, BORDER : WIDTH - BORDER] > 0
