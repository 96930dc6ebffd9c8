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
    nothing says it, or no image could be prepared so.
    """
    found = _of_torchvision(settings["name"], settings["weights"]) if "name" in settings else _of_timm(network)
    return found if found and _is_sound(found) else None


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
    if not hasattr(preset, "resize_size") or not hasattr(preset, "crop_size"):  # segmentation crops nothing
        return None
    return {
        "resize": preset.resize_size[0],
        "crop": preset.crop_size[0],
        "interpolation": preset.interpolation.value,
        "mean": list(preset.mean),
        "std": list(preset.std),
    }


def _of_timm(network: nn.Module) -> dict[str, Any] | None:
    try:
        cfg: Any = getattr(network, "pretrained_cfg", None) or getattr(network, "default_cfg", None)
        cfg = cfg.to_dict() if hasattr(cfg, "to_dict") else cfg
        if not isinstance(cfg, Mapping):
            return None
        _, height, width = cfg["input_size"]
        if height != width or cfg.get("crop_mode", "center") != "center":
            return None
        return {
            "resize": math.floor(height / (cfg.get("crop_pct") or 0.875)),  # as timm's own transforms do
            "crop": int(height),
            "interpolation": str(getattr(cfg["interpolation"], "value", cfg["interpolation"])),
            "mean": list(map(float, cfg["mean"])),
            "std": list(map(float, cfg["std"])),
        }
    except Exception:  # a network of the user's may have anything under these names
        return None


def _is_sound(found: dict[str, Any]) -> bool:
    """Whether images can be prepared so: a crop no larger than what it is cut from, three finite numbers each."""
    mean, std = found["mean"], found["std"]
    numbers = len(mean) == len(std) == 3 and all(map(math.isfinite, [*mean, *std])) and min(std) > 0
    return numbers and 0 < found["crop"] <= found["resize"]
