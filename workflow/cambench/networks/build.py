"""Build a network by name or factory, load its weights, and prepare its input."""

import importlib
import os
import sys
import warnings
from functools import reduce
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..errors import InputError
from ..paths import is_file, resolve


def build(name: str, settings: dict, device: torch.device | None = None) -> nn.Module:
    """A network in evaluation mode with frozen weights, channels-last.

    **Arguments:** `settings` the network's block of the config: `name` (torchvision) or `factory`, `arguments`,
    `weights`, `seed`. **Raises:** `InputError`, one line, for anything in it that is missing or does not fit.
    """
    torch.manual_seed(settings["seed"])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            network = _construct(settings)
    except InputError as error:
        raise InputError(f"networks.{name}: {error}") from error
    except Exception as error:  # a factory is the user's code, and may raise anything
        raise InputError(f"networks.{name}: cannot be built: {_first_line(error)}") from error
    if is_file(settings["weights"]):
        _load(name, network, resolve(settings["weights"]))
    network.eval().requires_grad_(False)
    return network.to(device or torch.device("cpu")).to(memory_format=torch.channels_last)


def normalise(pixels: torch.Tensor, preprocessing: dict) -> torch.Tensor:
    """Network input, float32 (n, 3, H, W), channels-last in memory, from stored pixels, uint8 (n, H, W, 3)."""
    mean, std = (torch.tensor(preprocessing[key], device=pixels.device) for key in ("mean", "std"))
    n, height, width, _ = pixels.shape
    # (x / 255 - mean) / std by rows: arithmetic along a last dimension of three is nine times as slow
    scale, shift = (1 / (255 * std)).repeat(width), (mean / std).repeat(width)
    rows = pixels.reshape(n, height, 3 * width).float().mul_(scale).sub_(shift)
    return rows.view(n, height, width, 3).permute(0, 3, 1, 2)


def _construct(settings: dict) -> nn.Module:
    arguments = settings["arguments"]
    if "factory" in settings:
        module, _, attribute = settings["factory"].partition(":")
        if os.getcwd() not in sys.path:
            sys.path.append(os.getcwd())  # last, so that no file there can hide an installed package
        return reduce(getattr, attribute.split("."), importlib.import_module(module))(**arguments)  # type: ignore[operator]
    import torchvision  # takes a second, and a factory's network does not need it

    if settings["name"] not in torchvision.models.list_models():
        raise InputError(f"torchvision has no network {settings['name']!r}")
    weights = None if is_file(settings["weights"]) else settings["weights"]
    return torchvision.models.get_model(settings["name"], weights=weights, **arguments)


def _load(name: str, network: nn.Module, path: Path) -> None:
    try:
        network.load_state_dict(_state(path))
    except Exception as error:  # unpickling and shape checks raise several kinds
        raise InputError(f"networks.{name}: weights {path} do not fit: {_first_line(error)}") from error


def _state(path: Path) -> dict[str, Any]:
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path)
    state = torch.load(path, map_location="cpu", weights_only=True)
    return state.get("state_dict", state)


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:2]) if lines else type(error).__name__
