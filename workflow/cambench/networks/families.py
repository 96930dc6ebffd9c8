"""What is known of how the outputs of a network's layers lie: timm's attributes, torchvision's, Hugging Face's.

Nothing is guessed from a number of tokens: a family says how many prefix tokens there are and what the grid is, and a
layer whose tokens do not add up to that has no known layout.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from torch import nn

from .layout import Layout, alike

_Shape = tuple[int, int]
# Tokens of Hugging Face's networks before those of the patches, by type; some add registers to them.
_PREFIXES = {
    "beit": 1,
    "clip_vision_model": 1,
    "data2vec-vision": 1,
    "deit": 2,
    "dinov2": 1,
    "dinov2_with_registers": 1,
    "dinov3_vit": 1,
    "ijepa": 0,
    "siglip_vision_model": 0,
    "vit": 1,
    "vit_msn": 1,
}


@dataclass(frozen=True)
class Family:
    """What a network is known by: the library's `name` of it, and the path of its `root` in what the user has built.

    - `prefix`, `grid` (h, w): tokens of the class and the like, which come first, and those of patches, row by row;
      `grid` is None where each stage has its own, and says it as `input_resolution`.
    - `nhwc`: whether its maps (n, h, w, K) have the channels last.
    - `scattered`: whether its tokens do not lie row by row, but for those of the `grid`.
    """

    name: str
    root: str = ""
    prefix: int = 0
    grid: _Shape | None = None
    nhwc: bool = False
    scattered: bool = False

    def layout(self, network: nn.Module, path: str, output: Sequence[int], shape: _Shape) -> Layout | None:
        """Layout of a layer whose output has the shape `output` for inputs (H, W) of `shape`, None where unknown."""
        if self.root and not path.startswith(f"{self.root}."):
            return None
        if len(output) == 4:
            layer = network.get_submodule(path)
            return Layout("nhwc") if self.nhwc and _is_channels_last(layer, output, shape) else None
        if _is_turned(path):
            return None
        grid = self.grid or _resolution(network.get_submodule(self.root), path.removeprefix(f"{self.root}."), shape)
        if grid is None or min(output[1:]) < 2:
            return None
        known = (Layout("tokens", prefix, grid) for prefix in (self.prefix, 0))  # those of patches alone lie so, too
        return next((layout for layout in known if layout.objection(output) is None), None)


def family(network: nn.Module, shape: _Shape) -> Family | None:
    """The family of a network, or of the first module in it that has one, for inputs (H, W); None if it has none."""
    known = (_torchvision_vit, _torchvision_swin, _hugging_face, _timm_channels_last, _windowed, _hiera, _timm)
    for path, module in network.named_modules():
        for kind in known:
            if found := kind(module, shape):
                return replace(found, root=path)
    return None


def _torchvision_vit(network: Any, shape: _Shape) -> Family | None:
    if not _is_a(network, "torchvision.models.vision_transformer", "VisionTransformer"):
        return None
    side = network.image_size // network.patch_size
    return Family("torchvision VisionTransformer", prefix=1, grid=(side, side))


def _torchvision_swin(network: Any, shape: _Shape) -> Family | None:
    if not _is_a(network, "torchvision.models.swin_transformer", "SwinTransformer"):
        return None
    return Family("torchvision SwinTransformer", nhwc=True)


def _hugging_face(network: Any, shape: _Shape) -> Family | None:
    """A network of transformers, as its configuration describes it."""
    config = getattr(network, "config", None)
    config = getattr(config, "vision_config", None) or config
    kind, patch = getattr(config, "model_type", None), _pair(getattr(config, "patch_size", None))
    if kind not in _PREFIXES or patch is None:
        return None
    prefix = _PREFIXES[kind] + getattr(config, "num_register_tokens", 0)
    grid = (shape[0] // patch[0], shape[1] // patch[1])
    return Family(f"Hugging Face {kind}", prefix=prefix, grid=grid)


def _timm_channels_last(network: Any, shape: _Shape) -> Family | None:
    sam = _is_a(network, "timm.models.vision_transformer_sam", "VisionTransformerSAM")
    if not sam and not (getattr(network, "output_fmt", None) == "NHWC" and hasattr(network, "num_classes")):
        return None
    grid = _patches(network.patch_embed, shape) if sam else None
    return Family(f"timm {type(network).__name__}", grid=grid, nhwc=True)


def _windowed(network: Any, shape: _Shape) -> Family | None:
    """A Swin with tokens: Microsoft's, Hugging Face's, that of an older timm."""
    if "swin" in type(network).__name__.lower() and _resolutions(network):
        return Family(type(network).__name__)
    return None


def _hiera(network: Any, shape: _Shape) -> Family | None:
    """timm's Hiera: its tokens lie by windows, until as many poolings have passed as put them in order."""
    if not _is_a(network, "timm.models.hiera", "Hiera"):
        return None
    first, step = network.tokens_spatial_shape, network.q_stride
    last = [side // by**network.q_pool for side, by in zip(first, step, strict=True)]
    ordered = network.q_pool == len(network.stage_ends) - 1
    return Family("timm Hiera", grid=_pair(last) if ordered else None, scattered=True)


def _timm(network: Any, shape: _Shape) -> Family | None:
    """A network of timm with tokens, as its attributes describe it."""
    mixer = _is_a(network, "timm.models.mlp_mixer", "MlpMixer")
    prefix = 0 if mixer else getattr(network, "num_prefix_tokens", None)
    embeds = (getattr(network, name, None) for name in ("stem" if mixer else "patch_embed", "pixel_embed", "embeds"))
    grid = next((grid for embed in embeds if (grid := _patches(embed, shape))), None)
    if not isinstance(prefix, int) or grid is None:
        return None
    return Family(f"timm {type(network).__name__}", prefix=prefix, grid=grid)


def _patches(embed: Any, shape: _Shape) -> _Shape | None:
    """Grid of the layer that makes tokens of patches."""
    if callable(getattr(embed, "dynamic_feat_size", None)):
        return _pair(embed.dynamic_feat_size(shape))
    return _pair(getattr(embed, "grid_size", None)) if _pair(getattr(embed, "img_size", None)) == shape else None


def _resolution(network: nn.Module, path: str, shape: _Shape) -> _Shape | None:
    """Grid that the innermost module around a layer says, or else the network's last; None if there is none."""
    parts, last = path.split("."), _resolutions(network)
    around = [network.get_submodule(".".join(parts[:depth])) for depth in range(len(parts) + 1)]
    grids = [grid for module in around if (grid := _pair(getattr(module, "input_resolution", None)))] or last
    return grids[-1] if grids and alike(grids[-1], shape) else None


def _resolutions(network: nn.Module) -> list[_Shape]:
    found = (_pair(getattr(module, "input_resolution", None)) for module in network.modules())
    return [grid for grid in found if grid]


def _is_turned(path: str) -> bool:
    """Whether a layer gives (n, K, T): a mixer's that mixes tokens, or a gMLP's gate, with as many of both at times."""
    return path.endswith(".gate.proj") or any(part.endswith("_tokens") for part in path.split("."))


def _is_channels_last(layer: nn.Module, output: Sequence[int], shape: _Shape) -> bool:
    """Whether a layer of a network that has the channels last has them so, where the shape alone may not tell."""
    puts_them_first = isinstance(layer, (nn.Conv2d, nn.BatchNorm2d)) or getattr(layer, "dims", None) == [0, 3, 1, 2]
    return not puts_them_first and alike(output[1:3], shape)


def _pair(value: Any) -> _Shape | None:
    """Two whole numbers, of which one may stand for both."""
    pair = (value, value) if isinstance(value, int) else value
    if isinstance(pair, (tuple, list)) and len(pair) == 2 and all(isinstance(side, int) for side in pair):
        return pair[0], pair[1]
    return None


def _is_a(network: Any, module: str, name: str) -> bool:
    """Whether a network is of a library's class, or of one made from it; the library is not imported for that."""
    return any((kind.__module__, kind.__name__) == (module, name) for kind in type(network).__mro__)
