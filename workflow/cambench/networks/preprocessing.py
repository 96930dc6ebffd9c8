"""What a network's own weights say of how images become inputs."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from ..errors import InputError
from ..paths import is_file

_FILTERS = ("bilinear", "bicubic")


def own(network: nn.Module, settings: dict) -> dict[str, Any] | None:
    """The preprocessing that the weights were made with: resize, crop, interpolation, mean, std.

    torchvision's weights say it in their `transforms()`, timm's networks in `pretrained_cfg`. **Returns:** None if
    nothing says it.
    """
    if "name" in settings:
        return _of_torchvision(settings["name"], settings["weights"])
    cfg: Any = getattr(network, "pretrained_cfg", None) or getattr(network, "default_cfg", None)
    cfg = cfg.to_dict() if hasattr(cfg, "to_dict") else cfg
    return _of_timm(cfg) if isinstance(cfg, Mapping) else None


def chosen(name: str, network: nn.Module, settings: dict) -> dict[str, Any]:
    """The preprocessing that the config names, or the network's own where it says so.

    **Raises:** `InputError` if nothing says what the network's own is, or cambench has it not.
    """
    if settings["preprocessing"] != "own":
        return settings["preprocessing"]
    found = own(network, settings)
    if found is None:
        raise InputError(
            f"networks.{name}: preprocessing: own: nothing says what the network's own is; name its values"
        )
    if found["interpolation"] not in _FILTERS:
        raise InputError(f"networks.{name}: preprocessing: own: there is no interpolation {found['interpolation']!r}")
    return found


def _of_torchvision(name: str, weights: str | None) -> dict[str, Any] | None:
    """Of torchvision's weights, also if they are named by their file."""
    import torchvision

    known = torchvision.models.get_model_weights(name)
    if weights is None:
        return None
    if is_file(weights):
        entry = next((one for one in known if one.url.endswith("/" + Path(weights).name)), None)
    else:
        entry = known[weights]
    preset: Any = entry.transforms() if entry else None
    if not hasattr(preset, "resize_size"):
        return None
    return {
        "resize": preset.resize_size[0],
        "crop": preset.crop_size[0],
        "interpolation": preset.interpolation.value,
        "mean": list(preset.mean),
        "std": list(preset.std),
    }


def _of_timm(cfg: Mapping[str, Any]) -> dict[str, Any] | None:
    try:
        _, height, width = cfg["input_size"]
        if height != width or cfg.get("crop_mode", "center") != "center":
            return None
        return {
            "resize": math.floor(height / cfg.get("crop_pct", 0.875)),  # as timm's own transforms do
            "crop": height,
            "interpolation": cfg["interpolation"],
            "mean": list(map(float, cfg["mean"])),
            "std": list(map(float, cfg["std"])),
        }
    except (KeyError, TypeError, ValueError):
        return None
