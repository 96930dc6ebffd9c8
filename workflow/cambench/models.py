"""Build a network by name or factory, load its weights, and make it as fast as it goes without changing its answers."""

import importlib
import os
import sys
import warnings
from functools import reduce
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from .datasets import HUB_NAME, is_file, resolve
from .errors import InputError

_FOLD_TOLERANCE = 1e-4


def build(name: str, settings: dict, device: torch.device | None = None) -> nn.Module:
    """A network in evaluation mode with frozen weights, channels-last.

    **Arguments:** `settings` the network's block of the config: `name` (torchvision) or `factory`, `arguments`,
    `weights`, `sha256`, `seed`. **Raises:** `InputError`, one line, for anything of it that is not there or does not
    fit.
    """
    torch.manual_seed(settings["seed"])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            network = _construct(settings)
    except InputError:
        raise
    except Exception as error:  # a factory is the user's code, and may raise anything
        raise InputError(f"models: {name}: cannot be built: {_first_line(error)}") from error
    if is_file(settings["weights"]):
        _load(name, network, settings)
    network.eval().requires_grad_(False)
    return network.to(device or torch.device("cpu")).to(memory_format=torch.channels_last)


def weights_digest(settings: dict) -> str:
    """SHA-256 of the weights file, or what stands for it."""
    if not is_file(settings["weights"]):
        return settings["weights"] or f"random, seed {settings['seed']}"
    return sha256(resolve(settings["weights"]).read_bytes()).hexdigest()


def normalise(pixels: torch.Tensor, preprocessing: dict) -> torch.Tensor:
    """Network input from stored pixels.

    **Arguments:** `pixels` uint8 (n, H, W, 3). **Returns:** float32 (n, 3, H, W), channels-last in memory.
    """
    mean, std = (torch.tensor(preprocessing[key], device=pixels.device) for key in ("mean", "std"))
    n, height, width, _ = pixels.shape
    # (x / 255 - mean) / std by rows: arithmetic along a last dimension of three is nine times as slow
    scale, shift = (1 / (255 * std)).repeat(width), (mean / std).repeat(width)
    rows = pixels.reshape(n, height, 3 * width).float().mul_(scale).sub_(shift)
    return rows.view(n, height, width, 3).permute(0, 3, 1, 2)


def fold_batch_norm(network: nn.Module, sample: torch.Tensor, keep: nn.Module | None = None) -> int:
    """Fold each batch norm that directly follows a convolution into it; the module tree stays as it is.

    A batch norm is folded when a forward pass of `sample` shows it fed by exactly one convolution; `keep` (the
    target layer) is left alone. **Returns:** the number of folded layers, 0 if folding would have moved the output.
    """
    before = network(sample)
    pairs = _conv_bn_pairs(network, sample, keep)
    saved = []
    for conv, path in pairs:
        parent, _, leaf = path.rpartition(".")
        owner = network.get_submodule(parent)
        norm = getattr(owner, leaf)
        saved.append((conv, conv.weight, conv.bias, owner, leaf, norm))
        conv.weight, conv.bias = fuse_conv_bn_weights(
            conv.weight, conv.bias, norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias
        )
        conv.requires_grad_(False)
        setattr(owner, leaf, nn.Identity())
    network.to(memory_format=torch.channels_last)
    if torch.allclose(network(sample), before, rtol=_FOLD_TOLERANCE, atol=_FOLD_TOLERANCE * float(before.abs().max())):
        return len(pairs)
    for conv, weight, bias, owner, leaf, norm in saved:
        conv.weight, conv.bias = weight, bias
        setattr(owner, leaf, norm)
    return 0


def _construct(settings: dict) -> nn.Module:
    arguments = settings["arguments"]
    if "factory" in settings:
        module, _, attribute = settings["factory"].partition(":")
        if os.getcwd() not in sys.path:
            sys.path.append(os.getcwd())  # last, so that no file there can hide an installed package
        return reduce(getattr, attribute.split("."), importlib.import_module(module))(**arguments)  # type: ignore[operator]
    import torchvision

    if settings["name"] not in torchvision.models.list_models():
        raise InputError(f"models: torchvision has no network {settings['name']!r}")
    weights = None if is_file(settings["weights"]) else settings["weights"]
    return torchvision.models.get_model(settings["name"], weights=weights, **arguments)


def _load(name: str, network: nn.Module, settings: dict) -> None:
    path = resolve(settings["weights"])
    found = sha256(path.read_bytes()).hexdigest()
    if settings.get("sha256") and found != settings["sha256"]:
        raise InputError(f"models: {name}: weights {path} have sha256 {found}, not {settings['sha256']}")
    named = HUB_NAME.search(path.name)
    if named and not found.startswith(named[1]):
        raise InputError(f"models: {name}: weights {path} have sha256 {found}, not {named[1]}... as their name says")
    try:
        network.load_state_dict(_state(path))
    except Exception as error:  # unpickling and shape checks raise several kinds
        raise InputError(f"models: {name}: weights {path} do not fit: {_first_line(error)}") from error


def _state(path: Path) -> dict[str, Any]:
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path)
    state = torch.load(path, map_location="cpu", weights_only=True)
    return state.get("state_dict", state)


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:2]) if lines else type(error).__name__


def _conv_bn_pairs(network: nn.Module, sample: torch.Tensor, keep: nn.Module | None) -> list[tuple[nn.Conv2d, str]]:
    """Convolutions, each with the path of the batch norm that alone takes its output."""
    outputs: dict[int, nn.Conv2d] = {}
    calls: dict[nn.Module, int] = {}
    alive: list[torch.Tensor] = []
    fed: dict[nn.Module, nn.Conv2d | None] = {}

    def after_conv(module: nn.Module, _: Any, output: torch.Tensor) -> None:
        calls[module] = calls.get(module, 0) + 1
        outputs[id(output)] = module  # type: ignore[assignment]
        alive.append(output)  # so that no id is given twice

    def before_norm(module: nn.Module, args: tuple) -> None:
        calls[module] = calls.get(module, 0) + 1
        fed[module] = outputs.get(id(args[0]))

    handles = [m.register_forward_hook(after_conv) for m in network.modules() if type(m).__name__.startswith("Conv2d")]
    norms: dict[nn.Module, str] = {m: path for path, m in network.named_modules() if isinstance(m, nn.BatchNorm2d)}
    handles += [m.register_forward_pre_hook(before_norm) for m in norms]
    network(sample)
    for handle in handles:
        handle.remove()
    return [
        (conv, norms[norm])
        for norm, conv in fed.items()
        if isinstance(conv, nn.Conv2d) and conv is not keep and calls[conv] == calls[norm] == 1
    ]
