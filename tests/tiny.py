"""Networks small enough for closed forms."""

import torch
from torch import nn


class Tiny(nn.Module):
    """conv, ReLU (the target layer), global average pooling, linear; channel 2 is always zero."""

    def __init__(self, classes: int = 5) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 5, stride=4, padding=2)
        self.norm = nn.BatchNorm2d(4)
        self.relu = nn.ReLU(inplace=True)
        self.fc = nn.Linear(4, classes)
        with torch.no_grad():
            self.norm.running_mean.uniform_(-0.1, 0.1)
            self.norm.running_var.uniform_(0.5, 1.5)
            self.norm.bias[2] = -100
            self.fc.weight.mul_(4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(self.relu(self.norm(self.stem(x))).mean((2, 3)))


class Turned(Tiny):
    """The same network for images whose rows are columns."""

    def __init__(self) -> None:
        super().__init__()
        with torch.no_grad():
            self.stem.weight.copy_(self.stem.weight.mT.clone())


class Mapped(nn.Module):
    """Like SqueezeNet's, a head that is one map per class, averaged."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 5, stride=4, padding=2)
        self.maps = nn.Conv2d(4, 5, 1)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.relu(self.maps(self.stem(x).relu())).mean((2, 3))


class Residual(nn.Module):
    """The inner layer of a residual block: its head needs more than its output."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, stride=4, padding=1)
        self.branch = nn.Conv2d(4, 4, 3, padding=1)
        self.fc = nn.Linear(4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x)
        return self.fc((x + self.branch(x)).relu().mean((2, 3)))


class Hungry(Tiny):
    """Runs out of memory on more than three inputs."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if len(x) > 3:
            raise torch.OutOfMemoryError
        return super().forward(x)
