"""What a network's own weights say of how images become inputs."""

import math
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from torch import nn

from ..errors import InputError
from ..images import sizes
from ..paths import is_file
from . import from_hub, processor

_FILTERS = ("bilinear", "bicubic", "lanczos")
_UNKNOWN = "nothing says what the network's own is; name its values"


def own(network: nn.Module, settings: dict) -> dict[str, Any] | None:
    """The preprocessing that the weights were made with: resize, crop, interpolation, mean, std.

    torchvision's weights say it in their `transforms()`, timm's networks in `pretrained_cfg`, those of transformers in
    `preprocessor_config.json`. **Returns:** None if nothing says it, or images cannot be prepared so.
    """
    with suppress(InputError):
        return _own(network, settings)
    return None


def chosen(name: str, network: nn.Module, settings: dict) -> dict[str, Any]:
    """The preprocessing that the config names; what it does not give is the network's own where it says so.

    **Raises:** `InputError` if nothing says what the network's own is, or cambench has it not.
    """
    given = settings["preprocessing"]
    if "base" not in given:
        return given
    try:
        found = {**_own(network, settings), **{key: value for key, value in given.items() if key != "base"}}
    except InputError as error:
        raise InputError(f"networks.{name}: preprocessing: own: {error}") from error
    if not sizes.fits(found):
        raise InputError(f"networks.{name}: preprocessing: crop is larger than resize, which is {found['resize']}")
    return found


def _own(network: nn.Module, settings: dict) -> dict[str, Any]:
    """The same as `own`. **Raises:** `InputError` that says why there is none."""
    if "name" in settings:
        found = _of_torchvision(settings["name"], settings["weights"])
    elif "hf" in settings:
        found = _of_repository(settings)
    else:
        found = _of_timm(network, settings["arguments"].get("img_size") if "timm" in settings else None)
    if found is None:
        raise InputError(_UNKNOWN)
    if found["interpolation"] not in _FILTERS:
        raise InputError(f"there is no interpolation {found['interpolation']!r}")
    if not _is_sound(found):
        raise InputError("no image can be prepared so; name its values")
    return found


def _of_repository(settings: dict) -> dict[str, Any]:
    """Of an image classifier of transformers."""
    found = from_hub.repository(settings)
    if found.file("preprocessor_config.json") is None:
        raise InputError(f"{found.name} holds no preprocessor_config.json; name the values, or write base: imagenet")
    return processor.of_folder(found.folder)


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


def _of_timm(network: nn.Module, size: Any = None) -> dict[str, Any] | None:
    """Of a network of timm; `size` is that of its input, where it was built for another than its weights were."""
    cfg: Any = getattr(network, "pretrained_cfg", None) or getattr(network, "default_cfg", None)
    try:
        cfg = cfg.to_dict() if hasattr(cfg, "to_dict") else cfg
        if not isinstance(cfg, Mapping):
            return None
        height, width = sizes.sides(size or cfg["input_size"][1:])
        resize = _resize_of_timm(cfg, int(height), int(width))
        return {
            "resize": resize,
            "crop": sizes.squared([int(height), int(width)]),
            "interpolation": str(getattr(cfg["interpolation"], "value", cfg["interpolation"])),
            "mean": list(map(float, cfg["mean"])),
            "std": list(map(float, cfg["std"])),
        }
    except InputError:
        raise
    except Exception:  # a network of the user's may have anything under these names
        return None


def _resize_of_timm(cfg: Mapping[str, Any], height: int, width: int) -> int | list[int]:
    """What timm's transforms resize to, by its `crop_mode`."""
    mode, share = cfg.get("crop_mode", "center"), cfg.get("crop_pct") or 0.875
    scaled = [math.floor(side / share) for side in (height, width)]
    if mode == "squash":
        return scaled
    if mode != "center" or share > 1:
        raise InputError(f"cambench fills no borders up (timm's crop_mode {mode}, crop_pct {share}); name its values")
    if scaled[0] != scaled[1]:
        raise InputError("cambench does not cover a rectangle as timm's crop_mode center does; name its values")
    return scaled[0]


def _is_sound(found: dict[str, Any]) -> bool:
    """Whether images can be prepared so: a crop no larger than what it is cut from, three finite numbers each."""
    mean, std = found["mean"], found["std"]
    numbers = len(mean) == len(std) == 3 and all(map(math.isfinite, [*mean, *std])) and min(std) > 0
    return numbers and min(sizes.input_shape(found)) > 0 and sizes.fits(found)
