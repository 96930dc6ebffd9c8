"""Build a network by name or factory, load its weights, and prepare its input."""

import importlib
import os
import random
import re
import sys
import warnings
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import torch
from torch import nn

from ..errors import InputError
from ..paths import is_file, resolve
from . import from_hub, from_timm, from_torchvision, watch, weights


@dataclass(frozen=True)
class Built:
    """A network, and where in the checkpoint its weights were: None if there is none, or it holds nothing else."""

    network: nn.Module
    checkpoint: str | None


def build(name: str, settings: dict, device: torch.device | None = None) -> nn.Module:
    """A network in evaluation mode with frozen weights, channels-last.

    **Arguments:** `settings` the network's block of the config: `name` (torchvision), `timm`, `hf` or `factory`;
    `arguments`, `weights`, `seed`. **Raises:** `InputError`, one line, for anything in it that is missing or does not
    fit.
    """
    return built(name, settings, device).network


def built(name: str, settings: dict, device: torch.device | None = None) -> Built:
    """The same as `build`, with what was found in its checkpoint."""
    _seed(settings["seed"])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            network = _construct(settings)
        _check(network)
        place = None
        if is_file(settings["weights"]):
            load = from_hub.load if "hf" in settings else weights.load
            place = load(network, resolve(settings["weights"]), settings.get("weights_key"))
        network = frozen(network).to(device or torch.device("cpu")).to(memory_format=torch.channels_last)
        return Built(network, place)
    except InputError as error:
        raise InputError(f"networks.{name}: {error}") from error
    except (Exception, SystemExit) as error:  # a factory is the user's code, and may raise anything
        raise InputError(f"networks.{name}: cannot be built: {reason(error)}") from error


def frozen(network: Any) -> nn.Module:
    """A network in evaluation mode with frozen weights, in place. **Raises:** `InputError` if it is none."""
    _check(network)
    _check_numbers(network)
    frozen: nn.Module = network.eval().requires_grad_(False)
    return frozen


def normalise(pixels: torch.Tensor, preprocessing: dict) -> torch.Tensor:
    """Network input, float32 (n, 3, H, W), channels-last in memory, from stored pixels, uint8 (n, H, W, 3)."""
    mean, std = (torch.tensor(preprocessing[key], device=pixels.device) for key in ("mean", "std"))
    n, height, width, _ = pixels.shape
    # (x / 255 - mean) / std by rows: arithmetic along a last dimension of three is nine times as slow
    scale, shift = (1 / (255 * std)).repeat(width), (mean / std).repeat(width)
    rows = pixels.reshape(n, height, 3 * width).float().mul_(scale).sub_(shift)
    return rows.view(n, height, width, 3).permute(0, 3, 1, 2)


def reason(error: BaseException) -> str:
    """What an error of the user's code, or of torch, says, in one line."""
    if isinstance(error, SystemExit):
        return f"it exits with {error.code}"
    if channels := re.search(r"input\[\d+, 3, \d+, \d+\] to have (\d+) channels", str(error)):
        return f"it takes {channels[1]} channels, not three"
    if missing := re.search(r"forward\(\) missing \d+ required positional arguments?: (.*)", str(error)):
        return f"it takes more than an image, for {missing[1]} is missing"
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:2]) if lines else type(error).__name__


def _seed(seed: int) -> None:
    """Seed every generator that a factory may draw weights from."""
    torch.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed % 2**32)


def _construct(settings: dict) -> Any:
    arguments = settings["arguments"]
    if "timm" in settings or "hf" in settings:
        with watch.unseen():
            return (from_timm if "timm" in settings else from_hub).construct(settings)
    if "factory" in settings:
        module, _, attribute = settings["factory"].partition(":")
        if os.getcwd() not in sys.path:
            sys.path.append(os.getcwd())  # last, so that no file there can hide an installed package
        return reduce(getattr, attribute.split("."), importlib.import_module(module))(**arguments)  # type: ignore[operator]
    return from_torchvision.construct(settings)


def _check(network: Any) -> None:
    """Refuse what a factory may return, but cannot be explained."""
    if not isinstance(network, nn.Module):
        raise InputError(f"the factory returns no torch.nn.Module, but a {type(network).__name__}")
    if isinstance(network, torch.jit.ScriptModule):
        raise InputError("a TorchScript module cannot be opened at a layer; give the Python module it was made from")
    if not any(True for _ in network.parameters()):
        raise InputError("it has no parameters")
    for path, module in network.named_modules():
        if isinstance(module, nn.Conv3d):
            raise InputError(f"it takes videos or volumes, for layer {path!r} is a Conv3d")
        if isinstance(module, nn.modules.batchnorm._BatchNorm) and module.running_mean is None:
            raise InputError(f"batch norm {path!r} has no running statistics: an answer would depend on its batch")


def _check_numbers(network: nn.Module) -> None:
    for path, values in network.named_parameters():
        if isinstance(values, nn.UninitializedParameter):
            raise InputError(f"parameter {path} has no shape yet; let the factory run the network once")
        if not values.isfinite().all():
            raise InputError(f"parameter {path} holds numbers that are not finite")
