"""What every part is given: the device, networks, photographs; small ones for a CPU."""

import hashlib
import importlib.util
import os
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
import yaml
from PIL import Image
from torch import nn

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "workflow")]

from cambench.images import decode  # noqa: E402
from cambench.networks import device as machine  # noqa: E402
from cambench.networks.build import build  # noqa: E402
from cambench.networks.open import opened  # noqa: E402
from cambench.networks.outputs import logits_of, noise  # noqa: E402
from cambench.networks.probe import Probe, Shard  # noqa: E402

PAPER = ("resnet18", "resnet50", "vgg16", "resnet101", "resnext50_32x4d", "resnext101_32x8d")
LITE = "efficientnet-lite0"  # has trained weights
_IMAGENET = {"interpolation": "bilinear", "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
_SPREAD = 2.5  # standard deviation of the logits of a network with random weights: no class is certain


@dataclass(frozen=True)
class Sizes:
    """How much each part does: enough to measure a GPU, or so little that a CPU proves the script."""

    tiny: bool
    networks: tuple[str, ...] = PAPER
    chosen: tuple[str, ...] = ("resnet50", "resnet18", "resnext50_32x4d")  # on which options are tried
    side: int = 224
    batch: int = 128
    batches: tuple[int, ...] = (64, 256)  # beside `batch`
    seconds: float = 0.35  # of each measurement
    images: int = 4  # of agreement
    crops: int = 400  # of photographs, on which precisions are judged
    costly: int = 80  # of these, those that Score-CAM explains

    @classmethod
    def small(cls) -> "Sizes":
        names = ("resnet18",)
        return cls(True, names, names, 32, 8, (4,), 0.05, 2, 4, 2)


def device() -> torch.device:
    """The GPU, or the CPU where there is none."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def card() -> str:
    """What is measured, as a person would name it."""
    where = device()
    return torch.cuda.get_device_name(where) if where.type == "cuda" else machine.device_name(where)


def start(precision: str, threads: int | None = None) -> torch.device:
    """Set the process up as a job of the workflow does."""
    known = "float32" if precision == "float16" else precision  # which jobs do not have
    most = int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1))
    return machine.start(device().type, known, min(threads or most, most))


def block(name: str, side: int) -> dict:
    """A network's block of the configuration."""
    if name.startswith("efficientnet-lite"):
        text = (ROOT / "config/lite.yaml").read_text(encoding="utf-8")
        found = {"arguments": {}, "seed": 0, **yaml.safe_load(text)["networks"][name]}
        return {**found, "preprocessing": {**found["preprocessing"], "resize": side + 32, "crop": side}}
    kind = "timm" if name.startswith("vit") else "name"
    layer = (
        {}
        if kind == "timm"
        else {"layer": "avgpool" if name.startswith("vgg") else "layer4" if side > 32 else "layer3"}
    )
    preprocessing = {**_IMAGENET, "resize": side, "crop": side}
    arguments = {"img_size": side} if kind == "timm" else {}
    return {kind: name, "arguments": arguments, "weights": None, "seed": 0, **layer, "preprocessing": preprocessing}


def network(name: str, side: int, where: torch.device) -> nn.Module:
    """A network on a device, with trained weights if it is the demo's, or else with random ones that are calibrated.

    Random weights are drawn on the CPU for agreement and wherever a device has none of its own.
    """
    if name.startswith("efficientnet-lite") or where.type == "cpu" or name.startswith("vit"):
        found = build(name, block(name, side))
    else:
        import torchvision

        with where:
            torch.manual_seed(0)
            found = torchvision.models.get_model(name, weights=None)
        found = found.eval().requires_grad_(False).to(memory_format=torch.channels_last)
    if not name.startswith("efficientnet-lite"):
        _calibrate(found, side)
    return found.to(where)


def probe(name: str, side: int, precision: str, batch: int, where: torch.device | None = None, **more: object) -> Probe:
    """A network of `network`, opened as the workflow does."""
    where = where or device()
    return open_network(name, network(name, side, where), side, precision, batch, **more)


def open_network(name: str, found: nn.Module, side: int, precision: str, batch: int, **more: object) -> Probe:
    """A network that is there, opened as the workflow does; `more` are settings of `compute`."""
    compute = {"device": "auto", "precision": precision, "batch": batch, **more}
    return opened(name, found, block(name, side), compute)


@torch.no_grad()
def _calibrate(found: nn.Module, side: int) -> None:
    """Give batch norms the statistics of noise, and logits a spread: random networks explode otherwise."""
    where = next(found.parameters()).device
    inputs = noise((side, side), where, (1.0,) * 16)
    norms = [module for module in found.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = 1.0
        norm.train()
    found(inputs)
    for norm in norms:
        norm.eval()
    head = [module for module in found.modules() if isinstance(module, nn.Linear)][-1]
    scale = _SPREAD / logits_of(found(inputs)).std()
    head.weight.mul_(scale)
    if head.bias is not None:
        head.bias.mul_(scale)


@cache
def photographs(side: int, most: int = 20) -> np.ndarray:
    """The demo's photographs, uint8 (n, side, side, 3); smooth noise where its package is not installed."""
    files = _files()[:most]
    return _decoded(files, side) if files else pixels(most, side)


def crops(side: int, count: int, folder: Path) -> np.ndarray:
    """Random crops of the photographs in turn, half to all of their sides, uint8 (count, side, side, 3)."""
    kept, files = folder / f"crops-{side}-{count}.npy", _files()
    if not kept.exists():
        random, found = np.random.default_rng(0), list[Path]()
        with tempfile.TemporaryDirectory() as place:
            for number in range(count if files else 0):
                with Image.open(files[number % len(files)]) as image:
                    sides = [int(whole * random.uniform(0.5, 1)) for whole in image.size]
                    left, top = (int(random.integers(w - s + 1)) for w, s in zip(image.size, sides, strict=True))
                    found.append(Path(place, f"{number:04d}.jpg"))
                    image.convert("RGB").crop((left, top, left + sides[0], top + sides[1])).save(found[-1], quality=95)
            np.save(kept, _decoded(found, side) if found else pixels(count, side))
    return np.load(kept)


def _files() -> list[Path]:
    """The demo's photographs, if their package is installed."""
    spec = importlib.util.find_spec("foolbox")
    return sorted((Path(spec.origin).parent / "data").glob("imagenet_*.jpg")) if spec and spec.origin else []


def _decoded(files: list[Path], side: int) -> np.ndarray:
    """Files of one folder, decoded as the networks' authors do."""
    rows = [{"path": file.name, "label": -1, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()} for file in files]
    resize = side + 32 if side >= 224 else round(side / 0.875)
    cropping = decode.Cropping(resize=resize, crop=side, interpolation="bicubic")
    return np.concatenate([item["pixels"] for item in decode.decode(rows, files[0].parent, cropping)])


def pixels(count: int, side: int) -> np.ndarray:
    """Smooth random images, uint8 (count, side, side, 3)."""
    drawn = torch.rand((count, 3, 7, 7), generator=torch.Generator().manual_seed(0))
    large = torch.nn.functional.interpolate(drawn, (side, side), mode="bicubic").clamp(0, 1)
    return (255 * large).permute(0, 2, 3, 1).to(torch.uint8).contiguous().numpy()


@torch.no_grad()
def shard(found: Probe, images: np.ndarray) -> Shard:
    """Images with the classes that a network predicts, and seeds."""
    parts = [found.run(found.network, found.prepare(images[n : n + 32])).argmax(1) for n in range(0, len(images), 32)]
    return Shard(images, torch.cat(parts).cpu().numpy(), np.arange(len(images)))
