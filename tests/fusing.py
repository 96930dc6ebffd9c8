"""A network with maps of two resolutions, whose gradients can be written out."""

import torch
from torch import nn


class Two(nn.Module):
    """Three convolutions: 4 x 16 x 16, then 6 x 16 x 16 (`first`) and 5 x 8 x 8 (`second`) after ReLUs; linear head."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.one = nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.Conv2d(4, 6, 3, padding=1)
        self.two, self.fc = nn.Conv2d(6, 5, 3, stride=2, padding=1), nn.Linear(5, 4)
        self.first, self.second = nn.ReLU(inplace=True), nn.ReLU(inplace=True)
        with torch.no_grad():
            self.fc.weight.mul_(20)  # so that maps are far above the constants that peers divide by

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first = self.first(self.one(self.stem(x)))
        return self.fc(self.second(self.two(first)).mean((2, 3)))
