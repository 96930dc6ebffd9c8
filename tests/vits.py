"""Vision transformers small enough for closed forms, of each library: 4 x 4 patches of 32 x 32 pixels, two blocks."""

import copy
import functools

import torch
from conftest import COMPUTE, small
from torch import nn
from torchvision.models import VisionTransformer

SIZE = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
PATCHES = {"image_size": 32, "patch_size": 8}


def torchvision_vit(layers: int = 2, side: int = 32, classes: int = 5) -> nn.Module:
    """torchvision's, whose last layer is not 0, as it is there until it is trained."""
    network = VisionTransformer(side, 8, layers, 2, 16, 32, num_classes=classes)
    return loud(network)


def timm_vit(name: str = "vit_tiny_patch16_224", **arguments) -> nn.Module:
    """timm's, by the name of a larger one; some have a width of their own."""
    import timm

    small = {"img_size": 32, "patch_size": 8, "depth": 2, "num_classes": 5}
    return loud(timm.create_model(name, **{**small, **arguments}))


def timm_swin() -> nn.Module:
    """timm's Swin, of two stages of 8 x 8 and 4 x 4 positions; maps (n, h, w, K) of the first are cubes."""
    import timm

    small = {"img_size": 32, "patch_size": 4, "embed_dim": 8, "depths": (1, 1), "num_heads": (1, 1), "window_size": 4}
    return loud(timm.create_model("swin_tiny_patch4_window7_224", num_classes=5, **small))


def hugging_face(kind: str = "ViT", attention: str = "sdpa", **arguments) -> nn.Module:
    """transformers', by the kind of its class."""
    import transformers

    config = getattr(transformers, f"{kind}Config")(**SIZE, **PATCHES, num_labels=5, **arguments)
    network = getattr(transformers, f"{kind}ForImageClassification")._from_config(config, attn_implementation=attention)
    return loud(network)


def siglip() -> nn.Module:
    """transformers' network that pools by attention."""
    import transformers

    small = transformers.SiglipVisionConfig(**SIZE, **PATCHES).to_dict()
    text = {**SIZE, "num_hidden_layers": 1, "bos_token_id": 1, "eos_token_id": 1}
    config = transformers.SiglipConfig(vision_config=small, text_config=text, num_labels=5)
    return transformers.SiglipForImageClassification._from_config(config)


def loud(network: nn.Module) -> nn.Module:
    """The network with linear layers drawn so wide that attention is far from even."""
    for module in network.modules():
        if isinstance(module, nn.Linear | nn.MultiheadAttention):
            for values in module.parameters(recurse=False):
                nn.init.normal_(values, std=1.5 * values.shape[-1] ** -0.5)
    return network.eval().requires_grad_(False)


class Plain(nn.Module):
    """A vision transformer written out, with attention that no image changes: its blocks keep logits of their own."""

    def __init__(self, blocks: int = 2) -> None:
        super().__init__()
        self.patches, self.token = nn.Conv2d(3, 8, 8, 8), nn.Parameter(torch.randn(1, 1, 8))
        self.blocks = nn.ModuleList(Block() for _ in range(blocks))
        self.norm, self.fc = nn.LayerNorm(8), nn.Linear(8, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens = self.embedded(x)
        for block in self.blocks:
            tokens = block(tokens)
        return self.fc(self.norm(tokens)[:, 0])

    def embedded(self, x: torch.Tensor) -> torch.Tensor:
        patches = self.patches(x).flatten(2).transpose(1, 2)
        return torch.cat([self.token.expand(len(x), -1, -1), patches], 1)


class Second(Plain):
    """The same with a register before its class token, and attention that images change."""

    def __init__(self) -> None:
        super().__init__()
        self.register, self.blocks = nn.Parameter(torch.randn(1, 1, 8)), nn.ModuleList(_encoder() for _ in range(2))
        loud(self)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens = torch.cat([self.register.expand(len(x), -1, -1), self.embedded(x)], 1)
        for block in self.blocks:
            tokens = block(tokens)
        return self.fc(self.norm(tokens)[:, 1])


def _encoder() -> nn.Module:
    return nn.TransformerEncoderLayer(8, 2, 16, activation="gelu", batch_first=True, norm_first=True)


class Block(nn.Module):
    """Attention of two heads, with a skip connection and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.norm1, self.value = nn.LayerNorm(8), nn.Linear(8, 8, bias=False)
        self.logits = nn.Parameter(torch.randn(2, 17, 17))

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.mixed(tokens, self.logits.expand(len(tokens), -1, -1, -1).softmax(-1))

    def mixed(self, tokens: torch.Tensor, attention: torch.Tensor) -> torch.Tensor:
        value = self.value(self.norm1(tokens)).unflatten(2, (2, -1)).transpose(1, 2)
        return tokens + (attention @ value).transpose(1, 2).flatten(2)


@functools.cache
def probe(factory: str, layer: str | None = None, **arguments):
    """A network of this file, opened."""
    from cambench.networks.open import open_probe

    block = small(f"vits:{factory}", arguments=arguments)
    if factory in ("Plain", "Second"):
        prefix = 1 if factory == "Plain" else 2
        block |= {
            "tokens": {"prefix": prefix, "grid": [4, 4]},
            "layer": f"blocks.{arguments.get('blocks', 2) - 1}.norm1",
        }
    return open_probe(factory, {**block, **({"layer": layer} if layer else {})}, COMPUTE)


def looking_at_itself():
    """`Plain`, opened, each token of which attends to itself alone: no logit depends on a patch."""
    found = probe.__wrapped__("Plain")
    for block in found.network.blocks:
        block.logits.copy_(1e4 * torch.eye(17))
    return found


def by_hand(opened, pixels, chosen: int):
    """Attention of each block of `Plain`, and dy/dA, of one image (H, W, 3), float64 arrays (heads, T, T)."""
    network = copy.deepcopy(opened.network).double()
    weights = [block.logits.softmax(-1)[None].detach().requires_grad_() for block in network.blocks]
    tokens = network.embedded(opened.prepare(pixels[None]).double())
    for block, attention in zip(network.blocks, weights, strict=True):
        tokens = block.mixed(tokens, attention)
    gradients = torch.autograd.grad(network.fc(network.norm(tokens))[0, 0, chosen], weights)
    return [item[0].detach().numpy() for item in weights], [item[0].numpy() for item in gradients]
