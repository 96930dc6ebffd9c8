"""Families of networks that cambench is tried on, all with random weights."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import timm
import torch
import torchvision
from torch import nn

from cambench.config import read

MEAN = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "interpolation": "bilinear"}


@dataclass(frozen=True)
class Member:
    """One network: where it comes from, its name there, and what it takes.

    - `arguments` of its builder, and the side of its `input`, as the table has it.
    - `shrunk` arguments, and the `side` of the input with them, as the tests run it.
    - `config` of a network of transformers, which is written to a folder, for nothing is downloaded.
    - `source`: its name in the library, if `name` is another; `expected` layout and prefix; `refused`: the start of the
      line that refuses it.
    - `factory`: whether it is built here: for its head, which is 0 where it is not trained, so that there is nothing to
      explain, or for a size that the library's builder does not have.
    """

    library: str
    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    input: int = 224
    shrunk: dict[str, Any] = field(default_factory=dict)
    side: int = 64
    config: dict[str, Any] = field(default_factory=dict)
    source: str = ""
    expected: tuple[str, int] = ("nchw", 0)
    refused: str = ""
    factory: bool = False

    def settings(self, folder: Path, small: bool = False) -> dict[str, Any]:
        """The network's block of a configuration, completed; `folder` takes what has to be a file."""
        block = self.block(folder, small)
        full, errors = read.resolve(
            {
                "run": "test",
                "dataset": {"kind": "folder", "path": "."},
                "networks": {"net": block},
                "methods": {"gradcam": {"cam": "gradcam"}},
            },
            [],
            look=False,
        )
        assert not errors, errors
        return full["networks"]["net"]

    def block(self, folder: Path, small: bool = False) -> dict[str, Any]:
        """The same as a user writes it."""
        side = self.side if small else self.input
        arguments = {**self.arguments, **(self.shrunk if small else {})}
        key = {"torchvision": "name", "timm": "timm", "transformers": "hf"}[self.library]
        source = self._published(folder) if self.config else self.source or self.name
        named = {key: source, "weights": None, "arguments": arguments}
        if self.factory:
            given = {"library": self.library, "name": source, **arguments}
            named = {"factory": "families.catalogue:with_head", "arguments": given}
        return {**named, "preprocessing": {"resize": side, "crop": side, **MEAN}}

    def _published(self, folder: Path) -> str:
        """A folder with the network's config, as Hugging Face has it."""
        made = folder / self.name.replace(" ", "-")
        made.mkdir(parents=True, exist_ok=True)
        (made / "config.json").write_text(json.dumps(self.config), encoding="utf-8")
        return str(made)


def _torchvision(name: str, **changes: Any) -> Member:
    return Member("torchvision", name, **changes)


def _timm(name: str, size: int = 64, **changes: Any) -> Member:
    """A transformer of timm whose input may be smaller."""
    return Member("timm", name, **{"shrunk": {"img_size": size}, "side": size, **changes})


def _transformers(name: str, kind: str, expected: tuple[str, int] = ("nchw", 0), **config: Any) -> Member:
    """A network of transformers with ten classes."""
    labels = {str(number): f"LABEL_{number}" for number in range(10)}
    said = {"model_type": kind, "id2label": labels, "label2id": {text: int(key) for key, text in labels.items()}}
    side = 56 if config.get("patch_size") == 14 else 64
    shrunk = {"image_size": side} if "image_size" in config else {}
    if "window_size" in config:
        shrunk["window_size"] = 2
    size = config.get("image_size", 224)
    return Member(
        "transformers", name, input=size, shrunk=shrunk, side=side, config={**said, **config}, expected=expected
    )


def with_head(library: str, name: str, **arguments: Any) -> nn.Module:
    """A network whose linear layers of zeros are drawn at random."""
    network = (
        timm.create_model(name, **arguments) if library == "timm" else getattr(torchvision.models, name)(**arguments)
    )
    for module in network.modules():
        if isinstance(module, nn.Linear) and not module.weight.any():
            nn.init.normal_(module.weight, std=0.1, generator=torch.Generator().manual_seed(0))
    return network


_TINY = {"hidden_size": 192, "num_attention_heads": 3, "intermediate_size": 768, "image_size": 224}
_RESNET = {"layer_type": "basic", "hidden_sizes": [64, 128, 256, 512], "depths": [2, 2, 2, 2], "embedding_size": 64}
_VIT: dict[str, Any] = {"name": "VisionTransformer", "image_size": 64, "patch_size": 16}
_VIT |= {"num_layers": 12, "num_heads": 3, "hidden_dim": 192, "mlp_dim": 768}
_MAXVIT: dict[str, Any] = {"name": "MaxVit", "input_size": [64, 64], "partition_size": 4, "stem_channels": 16}
_MAXVIT |= {"block_channels": [16, 32], "block_layers": [1, 1], "head_dim": 16, "stochastic_depth_prob": 0.0}
CATALOGUE = (
    _torchvision("resnet18"),
    _torchvision("vgg11"),
    _torchvision("densenet121"),
    _torchvision("mobilenet_v3_small"),
    _torchvision("efficientnet_b0"),
    _torchvision("convnext_tiny"),
    _torchvision("squeezenet1_1"),
    _torchvision("inception_v3", arguments={"init_weights": False}, input=299, side=128),
    _torchvision("regnet_y_400mf"),
    _torchvision("shufflenet_v2_x0_5"),
    _torchvision("vit_b_16", shrunk=_VIT, factory=True),
    _torchvision("swin_t"),
    _torchvision("swin_v2_t"),
    _torchvision("maxvit_t", arguments={"input_size": [224, 224]}, shrunk=_MAXVIT, factory=True),
    Member("timm", "resnet26d"),
    Member("timm", "convnext_atto"),
    Member("timm", "mobilenetv4_conv_small"),
    _timm("vit_tiny_patch16_224"),
    _timm("deit_tiny_patch16_224"),
    _timm("deit_tiny_distilled_patch16_224"),
    _timm("vit_small_patch14_reg4_dinov2", 56, arguments={"img_size": 224, "num_classes": 1000}),
    _timm("vit_little_patch16_reg4_gap_256", input=256),
    _timm("vit_medium_patch16_gap_240", input=240),
    _timm("swin_tiny_patch4_window7_224"),
    _timm("eva02_tiny_patch14_224", 56, arguments={"num_classes": 1000}),
    _timm("mixer_s32_224", factory=True),
    _timm("xcit_nano_12_p16_224", shrunk={}, refused="layer 'norm' gives tokens (n, 17, 128), and nothing says"),
    _timm("cait_xxs24_224"),
    Member("timm", "levit_128s", side=224, refused="layer 'stages' gives tokens (n, 16, 384), and nothing says"),
    _timm("pvt_v2_b0", shrunk={}),
    _timm("volo_d1_224", refused="layer 'aux_head' gives tokens (n, 16, 1000), and nothing says"),
    _timm("davit_tiny", shrunk={}),
    _transformers("ResNet", "resnet", architectures=["ResNetForImageClassification"], **_RESNET),
    _transformers("ConvNeXt", "convnext", architectures=["ConvNextForImageClassification"]),
    _transformers("ViT", "vit", architectures=["ViTForImageClassification"], patch_size=16, **_TINY),
    _transformers("DeiT", "deit", architectures=["DeiTForImageClassification"], patch_size=16, **_TINY),
    _transformers("Swin", "swin", architectures=["SwinForImageClassification"], image_size=224, window_size=7),
    _transformers(
        "DINOv2 with registers",
        "dinov2_with_registers",
        architectures=["Dinov2WithRegistersForImageClassification"],
        patch_size=14,
        **_TINY,
    ),
)
_SMALL = {"num_classes": 5, "img_size": 32}
# One of each kind, so small that every method takes no time.
TINY = (
    Member("torchvision", "cnn", {"num_classes": 5}, source="squeezenet1_1", input=64),
    Member(
        "timm",
        "vit",
        {**_SMALL, "patch_size": 8, "embed_dim": 24, "depth": 3, "num_heads": 2},
        source="vit_tiny_patch16_224",
        input=32,
        expected=("tokens", 1),
    ),
    Member(
        "timm",
        "swin",
        {**_SMALL, "patch_size": 4, "window_size": 2, "embed_dim": 12, "depths": [1, 2], "num_heads": [1, 2]},
        source="swin_tiny_patch4_window7_224",
        input=32,
        expected=("nhwc", 0),
    ),
    _transformers(
        "dino",
        "dinov2_with_registers",
        architectures=["Dinov2WithRegistersForImageClassification"],
        **{"patch_size": 8, "image_size": 32, "hidden_size": 24, "num_hidden_layers": 3, "num_attention_heads": 2},
        expected=("tokens", 5),
    ),
)
