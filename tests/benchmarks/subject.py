"""What every side of a comparison is given: a network, some photographs, and their classes."""

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "workflow"), str(ROOT / "tests")]

from cambench.config import read  # noqa: E402
from cambench.images import decode, sources  # noqa: E402
from cambench.networks.batches import gathered  # noqa: E402
from cambench.networks.build import build, normalise  # noqa: E402
from cambench.networks.open import open_probe  # noqa: E402
from cambench.networks.probe import Shard  # noqa: E402

LAYERS = {
    "resnet18": "layer4",
    "resnet50": "layer4",
    "vgg16": "features.29",
    "squeezenet1_1": "features.12",
    "efficientnet-lite0": "_blocks.15",
    # Where pytorch-grad-cam's documentation has it; torch-cam's takes a ViT's block before, which costs it more.
    "vit_small_patch16_224": "blocks.11.norm1",
    "swin_t": "features.7.1.norm1",
}
# What the peers have to be told of transformers: where the map is in the layer's output.
RESHAPES: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "vit_small_patch16_224": lambda tokens: tokens[:, 1:].unflatten(1, (14, 14)).permute(0, 3, 1, 2),
    "swin_t": lambda maps: maps.permute(0, 3, 1, 2),
}
BATCH = 16
_IMAGENET = {"interpolation": "bilinear", "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}


class Subject:
    """A network, some images and the classes that it predicts; `probe` is there for our sides alone."""

    def __init__(self, name: str, pixels: np.ndarray, ours: bool, precision: str = "float32") -> None:
        self.pixels, self.layer, self.forwarded = pixels, LAYERS[name], 0
        self.reshape = RESHAPES.get(name)
        block = {**block_of(name, pixels.shape[1]), "layer": self.layer}
        images = normalise(torch.from_numpy(pixels), block["preprocessing"])
        if ours:
            compute = {"device": "cpu", "precision": precision, "batch": BATCH}
            self.probe = open_probe(name, block, compute, torch.get_num_threads())
            self.network, self.images = self.probe.network, images
        else:
            self.network = build(name, block).to(memory_format=torch.contiguous_format).requires_grad_(True)
            self.images = images.contiguous()
        with torch.no_grad():
            self.classes = self.network(images).argmax(1)
        self.shard = Shard(pixels, self.classes.numpy())
        self.network.register_forward_pre_hook(self._count)

    def _count(self, _: torch.nn.Module, inputs: tuple) -> None:
        self.forwarded += len(inputs[0])


def demo() -> dict:
    """The demo's configuration."""
    return read.resolve(yaml.safe_load((ROOT / "config/config.yaml").read_text()), [])[0]


def block_of(name: str, side: int) -> dict:
    """A network's block of the configuration, for inputs of side x side pixels."""
    if name == "efficientnet-lite0":
        block = demo()["networks"][name]
    else:
        kind = "timm" if name == "vit_small_patch16_224" else "name"
        block = {kind: name, "arguments": {}, "weights": None, "seed": 0, "preprocessing": _IMAGENET}
    return {**block, "preprocessing": {**block["preprocessing"], "resize": side, "crop": side}}


def photographs(count: int, side: int) -> np.ndarray:
    """Pixels of the demo's photographs, uint8 (count, side, side, 3)."""
    dataset = {**demo()["dataset"], "glob": "imagenet_*.jpg"}
    root, rows = sources.root(dataset), []
    for item in sources.find(dataset)[:count]:
        digest = hashlib.sha256((root / item.path).read_bytes()).hexdigest()
        rows.append({"path": item.path, "label": item.label, "sha256": digest})
    cropping = decode.Cropping(resize=side, crop=side, interpolation="bilinear")
    return gathered(decode.decode(rows, root, cropping))["pixels"]
