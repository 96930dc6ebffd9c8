"""A data set and a network whose metrics are known in closed form: images of four flat quadrants of grey."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn

SIDE, CLASSES, GAIN, BLACK = 8, 1000, 4.0, 0.35  # `BLACK`: what a hidden pixel becomes, of 0 to 1
PREPROCESSING = {"resize": SIDE, "crop": SIDE, "interpolation": "bilinear", "mean": [BLACK] * 3, "std": [0.5] * 3}
METHODS = ("gradcam", "fakecam")
# What a line of two cells is when it is upsampled to eight: its ends are flat, between the centres it is straight.
_LINE = np.clip((np.arange(SIDE) + 0.5) * 2 / SIDE - 0.5, 0, 1)
_UP = np.stack([1 - _LINE, _LINE], 1)


class Closed(nn.Module):
    """Grey of each quadrant (the target layer, in [0, 2]), its mean m, a sigmoid of `GAIN` (m - 1) for class 0."""

    def __init__(self) -> None:
        super().__init__()
        self.grey, self.relu, self.fc = nn.Conv2d(3, 1, SIDE // 2, SIDE // 2), nn.ReLU(), nn.Linear(1, CLASSES)
        with torch.no_grad():
            self.grey.weight.fill_(1 / self.grey.weight.numel())
            self.grey.bias.fill_(2 * BLACK)
            self.fc.weight.zero_()
            self.fc.weight[0] = GAIN
            self.fc.bias.fill_(-np.log(CLASSES - 1))  # all other classes together are as probable as a logit of 0
            self.fc.bias[0] = -GAIN

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(self.relu(self.grey(x)).mean((2, 3)))


def labels(classes: int = CLASSES, each: int = 50) -> np.ndarray:
    """Classes of the images, int (images,), as many of each."""
    return np.repeat(np.arange(classes), each)


def paths(classes: np.ndarray) -> list[str]:
    """Paths of the images; their numbers are in order."""
    return [f"{label:03d}/{number:05d}.png" for number, label in enumerate(classes)]


def draw(classes: np.ndarray, seed: int) -> np.ndarray:
    """Images at random, uint8 (images, 2, 2): one bright quadrant, one dark one, two about the mean of their class."""
    rng, offset = np.random.default_rng(seed), np.random.default_rng(12345).normal(0, 0.2, CLASSES)
    around = offset[classes][:, None] + rng.normal(0, 0.4, (len(classes), 2))
    ends = rng.uniform([0.2, -1], [1, -0.2], (len(classes), 2))
    grey = rng.permuted(np.clip(np.hstack([around, ends]), -1, 1), axis=1)
    return np.round((grey + 1) * 127.5).astype(np.uint8).reshape(-1, 2, 2)


def write(folder: Path, images: np.ndarray, classes: np.ndarray) -> None:
    """The images as files of 8 x 8 pixels, in a folder per class."""
    for path, image in zip(paths(classes), images, strict=True):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image.repeat(SIDE // 2, 0).repeat(SIDE // 2, 1)).convert("RGB").save(folder / path)


def metrics(images: np.ndarray, method: str) -> dict[str, np.ndarray]:
    """Metrics of each image, float64 (images,), as DEFINITIONS of the paper have them, without curves.

    Grad-CAM's map is proportional to the quadrants; Fake-CAM hides the first pixel, a sixteenth of its quadrant.
    """
    grey = images / 127.5 - 2 * BLACK  # as the network sees it
    mask = _UP @ _scaled(grey) @ _UP.T if method == "gradcam" else np.ones((len(images), SIDE, SIDE))
    mask[:, 0, 0] *= method == "gradcam"
    shown = grey * mask.reshape(-1, 2, SIDE // 2, 2, SIDE // 2).mean((2, 4))
    p, q = (1 / (1 + np.exp(GAIN * (1 - 2 * BLACK - values.mean((1, 2))))) for values in (grey, shown))
    again = _UP @ _scaled(shown) @ _UP.T if method == "gradcam" else mask
    drop, complexity = np.maximum(0, p - q) / p, mask.mean((1, 2))
    coherency = (1 + _correlation(mask, again)) / 2
    terms = np.stack([coherency, 1 - complexity, 1 - drop])
    found = {"average_drop": drop, "average_increase": (q > p).astype(float), "average_gain": np.maximum(0, q - p)}
    found["average_gain"] /= 1 - p
    return found | {"coherency": coherency, "complexity": complexity, "adcc": 3 / (1 / terms).sum(0)}


def _scaled(maps: np.ndarray) -> np.ndarray:
    low, high = (end(maps, axis=(1, 2), keepdims=True) for end in (np.min, np.max))
    return (maps - low) / (high - low)


def _correlation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    a, b = (values - values.mean((1, 2), keepdims=True) for values in (a, b))
    return (a * b).sum((1, 2)) / np.sqrt((a**2).sum((1, 2)) * (b**2).sum((1, 2)))
