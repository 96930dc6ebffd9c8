"""Networks and factories that cannot be explained, or only with care."""

import sys
from dataclasses import dataclass

import torch
from tiny import Tiny
from torch import nn

from cambench.errors import InputError  # noqa: F401  an import of an installed or own package


class Wrapping(Tiny):
    """Returns its logits inside something."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def forward(self, x: torch.Tensor):
        logits = super().forward(x)
        return {
            "tuple": (logits, logits),
            "list": [logits],
            "dict": {"out": logits},
            "logits": {"logits": logits},
            "dataclass": Output(logits),
            "attribute": Logits(logits),
            "maps": logits[:, :, None, None],
            "one": logits[:, :1],
            "none": None,
            "nan": logits * torch.nan,
            "exit": logits,
        }[self.kind]


@dataclass
class Output:
    scores: torch.Tensor


@dataclass
class Logits:
    logits: torch.Tensor


class Heads(Tiny):
    """Has a linear layer on the global average, and calls it in its own way."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.kind == "picky" and x.is_meta:
            raise TypeError("numbers are needed")
        pooled = self.relu(self.norm(self.stem(x))).mean((2, 3))
        if self.kind == "keyword":
            return self.fc(input=pooled)
        if self.kind == "wide":
            return self.fc(torch.cat([pooled, pooled], 1)[:, ::2])
        logits = self.fc(pooled)
        if self.kind == "scaled":
            logits.mul_(2)
        return logits[:, 1:] if self.kind == "background" else logits


class Shared(Tiny):
    """Runs its ReLU twice in a pass."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(self.relu(self.norm(self.relu(self.stem(x)))).mean((2, 3)))


class Detached(Tiny):
    """Its logits follow from its maps, but no gradient does."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(self.relu(self.norm(self.stem(x))).detach().mean((2, 3)))


class Attention(nn.Module):
    """Convolutions, then tokens and attention, as a timm vision transformer writes it without fused kernels."""

    def __init__(self, heads: int = 3, convolutions: int = 1) -> None:
        super().__init__()
        self.patches = nn.Sequential(nn.Conv2d(3, 12, 8, 8), *(nn.Conv2d(12, 12, 1) for _ in range(convolutions - 1)))
        self.heads, self.qkv, self.drop = heads, nn.Linear(12, 36), nn.Dropout()
        self.k_norm, self.norm, self.fc = nn.LayerNorm(12 // heads), nn.LayerNorm(12), nn.Linear(12, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        q, k, v = self.qkv(tokens).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        weights = self.drop((q @ self.k_norm(k).transpose(2, 3)).softmax(3))
        return self.fc(self.norm((weights @ v).transpose(1, 2).flatten(2)).mean(1))


class ChannelsLast(nn.Module):
    """Goes on with (n, h, w, K) after its first layer, with as many channels as rows if `channels` is 8."""

    def __init__(self, channels: int = 6) -> None:
        super().__init__()
        self.stem, self.norm = nn.Conv2d(3, channels, 4, 4), nn.BatchNorm2d(channels)
        self.turned, self.mix = nn.Identity(), nn.Linear(channels, channels)
        self.down, self.fc = nn.Linear(channels, 2 * channels), nn.Linear(2 * channels, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.turned(self.norm(self.stem(x)).permute(0, 2, 3, 1))
        return self.fc(self.down(self.mix(x))[:, ::2, ::2].mean((1, 2)))


class Blocks(nn.Module):
    """Has the channels last inside its block alone, as ConvNeXt does."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.mix, self.block, self.fc = (
            nn.Conv2d(3, 6, 4, 4),
            nn.Linear(6, 6),
            nn.Identity(),
            nn.Linear(6, 5),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x)
        x = self.block(x + self.mix(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2))
        return self.fc(x.mean((2, 3)))


class Pretrained(Tiny):
    """Says how its weights were made, as timm's networks do."""

    def __init__(self, **changes) -> None:
        super().__init__()
        own = {"input_size": (3, 32, 32), "crop_pct": 0.8, "interpolation": "bicubic", "mean": (0.5,) * 3}
        self.pretrained_cfg = {**own, "std": (0.25,) * 3, **changes}


class Captioned(Tiny):
    """Takes words beside the image."""

    def forward(self, x: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
        return super().forward(x) + words


def other_input(kind: str) -> nn.Module:
    """Takes grey images, videos, or words, too."""
    if kind == "text":
        return Captioned()
    convolution, pool = (nn.Conv3d, nn.AdaptiveAvgPool3d) if kind == "video" else (nn.Conv2d, nn.AdaptiveAvgPool2d)
    channels = 1 if kind == "grey" else 3
    return nn.Sequential(convolution(channels, 4, 3), nn.ReLU(), pool(1), nn.Flatten(), nn.Linear(4, 5))


def no_statistics() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 4, 4), nn.BatchNorm2d(4, track_running_stats=False), nn.Flatten())


def no_module() -> dict:
    return {"weights": 1}


def no_parameters() -> nn.Module:
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())


def not_finite() -> nn.Module:
    network = Tiny()
    network.norm.weight[1].data.fill_(torch.nan)
    return network


def scripted() -> nn.Module:
    return torch.jit.trace(Tiny().eval(), torch.zeros(1, 3, 32, 32))


def lazy() -> nn.Module:
    return nn.Sequential(nn.LazyConv2d(4, 3), nn.Flatten())


def empty() -> nn.Module:
    with torch.device("meta"):
        return Tiny()


def ends() -> nn.Module:
    sys.exit(0)


def talks() -> nn.Module:
    print("Downloading: 100 %")
    print("a line of errors", file=sys.stderr)
    return Tiny()


def loads(path: str) -> nn.Module:
    network = Tiny()
    network.load_state_dict(torch.load(path))
    return network


def unseeded() -> nn.Module:
    network = Tiny()
    network.fc.bias.data.copy_(torch.randn(5, generator=torch.Generator().manual_seed(torch.Generator().seed())))
    return network
